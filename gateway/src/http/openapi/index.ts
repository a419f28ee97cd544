import swagger from "@fastify/swagger";
import type { ErrorCode } from "@fleetlog/domain";
import type { FastifyInstance } from "fastify";
import type { OpenAPIV3_1 } from "openapi-types";
import { SESSION_COOKIE } from "../access/cookie.ts";
import type { HttpResource } from "../resources/resource.ts";
import { type Asked, answersTo, COMMON, operationsOf } from "./operations.ts";
import { type NamedSchemas, shared } from "./schemas.ts";

declare module "fastify" {
  interface FastifySchema {
    /** What this route refuses, beside what every route of its kind may. */
    readonly problems?: readonly ErrorCode[];
    /** Whether its answer names a place (header Location). */
    readonly locates?: true;
  }
}

const DESCRIPTION = `An event-sourced device fleet.

Every refusal is problem details (RFC 9457) with a \`code\` that stays the same, and with the \`field\` that is at fault.
Lists come in pages: give \`next\` of one page as \`cursor\` (of a history, as \`from\`) for the one after it.
Every answer carries \`X-Correlation-Id\`: the caller's own or a new one, which is found again in the log and in events.`;

/** Describes the API in OpenAPI 3.1, from the routes of the resources, which are registered after it. */
export async function describeApi(
  app: FastifyInstance,
  version: string,
  resources: readonly HttpResource[],
): Promise<void> {
  const asked = new Map<string, Asked>();
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: { title: "Fleetlog", version, description: DESCRIPTION, license: { name: "MIT", identifier: "MIT" } },
      servers: [{ url: "/" }],
      tags: resources.flatMap(({ tag: name, description }) =>
        description === undefined ? [] : [{ name, description }],
      ),
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
        asked.set(`${method} ${path}`, {
          method,
          problems: schema?.problems ?? [],
          locates: schema?.locates === true,
          open: schema?.security?.length === 0,
        });
      }
      return { schema, url };
    },
    transformObject(document) {
      if (!("openapiObject" in document)) throw new Error("the API is described in OpenAPI");
      return completed(
        document.openapiObject as OpenAPIV3_1.Document,
        asked,
        Object.assign({}, ...resources.map(({ schemas }) => schemas)),
      );
    },
  });
}

function completed(
  document: OpenAPIV3_1.Document,
  asked: ReadonlyMap<string, Asked>,
  named: NamedSchemas,
): OpenAPIV3_1.Document {
  const { components, hoist } = shared(named);
  const responses: Record<string, OpenAPIV3_1.ResponseObject> = { ...COMMON.responses };
  for (const { key, operation } of operationsOf(document)) {
    const of = asked.get(key);
    if (of !== undefined) answersTo(operation, of, responses);
  }
  return {
    ...document,
    paths: hoist(document.paths) as OpenAPIV3_1.PathsObject,
    components: { ...document.components, schemas: components, responses, headers: COMMON.headers },
  };
}
