import swagger from "@fastify/swagger";
import type { ErrorCode } from "@fleetlog/domain";
import { FEED_PATH, REPLAY_PATH } from "@fleetlog/protocol";
import type { FastifyInstance } from "fastify";
import type { OpenAPIV3_1 } from "openapi-types";
import { SESSION_COOKIE } from "../access/cookie.ts";
import type { HttpResource } from "../resources/resource.ts";
import { FEED_EXAMPLES, FEED_SCHEMAS, FEED_TAG, LIVE_FEED_ROUTE, liveFeed } from "./live-feed.ts";
import { COMMON, describeResponses, operationsOf, type RouteInfo, routeInfoOf } from "./operations.ts";
import { REPLAY_STREAM_ROUTE, replayStream } from "./replay-stream.ts";
import { type NamedSchemas, shareSchemas } from "./schemas.ts";

declare module "fastify" {
  interface FastifySchema {
    readonly problems?: readonly ErrorCode[];
    readonly hasLocation?: true;
    readonly hasEtag?: true;
  }
}

const DESCRIPTION = `An event-sourced device fleet.

Every error is a problem document (RFC 9457) with a stable \`code\`, and with the \`field\` that caused it if there is one.
Lists are paged: pass \`next\` of a page as \`cursor\` (for a device's events, as \`from\`) to get the next page.
A device has an \`ETag\`; send it as \`If-Match\` with a change, which is refused (412) if the device was changed since.
A call that creates something takes an \`Idempotency-Key\`: repeated with the same key, it creates nothing more and gets the same answer.
Every answer has \`X-Correlation-Id\`: the caller's or a new one. It is also in log lines and events.`;

/** Call before routes are registered. */
export async function describeApi(
  app: FastifyInstance,
  version: string,
  resources: readonly HttpResource[],
  basePath = "/",
): Promise<void> {
  const routes = new Map<string, RouteInfo>();
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: { title: "Fleetlog", version, description: DESCRIPTION, license: { name: "MIT", identifier: "MIT" } },
      servers: [{ url: basePath }],
      tags: [
        ...resources.flatMap(({ tag: name, description }) =>
          description === undefined ? [] : [{ name, description }],
        ),
        FEED_TAG,
      ],
      components: {
        securitySchemes: {
          bearerAuth: { type: "http", scheme: "bearer", description: "An operator's token (RFC 6750)" },
          sessionCookie: { type: "apiKey", in: "cookie", name: SESSION_COOKIE },
        },
      },
      security: [{ bearerAuth: [] }, { sessionCookie: [] }],
    },
    transform({ schema, url, route }) {
      const path = url.replaceAll(/:(\w+)/g, "{$1}");
      for (const method of [route.method].flat()) {
        routes.set(`${method} ${path}`, routeInfoOf(method, schema));
      }
      return { schema, url };
    },
    transformObject(document) {
      if (!("openapiObject" in document)) throw new Error("the API description must be OpenAPI");
      return complete(
        document.openapiObject as OpenAPIV3_1.Document,
        routes,
        Object.assign({}, ...resources.map(({ schemas }) => schemas)),
        Object.assign({}, ...resources.map(({ examples }) => examples)),
      );
    },
  });
}

function complete(
  document: OpenAPIV3_1.Document,
  routes: Map<string, RouteInfo>,
  named: NamedSchemas,
  examples: Readonly<Record<string, unknown>>,
): OpenAPIV3_1.Document {
  const { components, reference } = shareSchemas({ ...named, ...FEED_SCHEMAS });
  for (const [name, example] of Object.entries({ ...examples, ...FEED_EXAMPLES })) {
    const schema = components[name];
    if (schema === undefined) throw new Error(`there is an example of ${name}, which is no schema of the API`);
    schema.examples = [example];
  }
  const sockets = { [FEED_PATH]: { get: liveFeed() }, [REPLAY_PATH]: { get: replayStream() } };
  document.paths = { ...document.paths, ...(sockets as Record<string, OpenAPIV3_1.PathItemObject>) };
  routes.set(`GET ${FEED_PATH}`, LIVE_FEED_ROUTE);
  routes.set(`GET ${REPLAY_PATH}`, REPLAY_STREAM_ROUTE);
  const responses: Record<string, OpenAPIV3_1.ResponseObject> = { ...COMMON.responses };
  for (const { key, operation } of operationsOf(document)) {
    const route = routes.get(key);
    if (route !== undefined) describeResponses(operation, route, responses);
  }
  return {
    ...document,
    paths: reference(document.paths) as OpenAPIV3_1.PathsObject,
    components: { ...document.components, schemas: components, responses, headers: COMMON.headers },
  };
}
