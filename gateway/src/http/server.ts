import { randomUUID } from "node:crypto";
import swagger from "@fastify/swagger";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import fastify, { type FastifyBaseLogger, type FastifyInstance } from "fastify";
import type { Logger } from "pino";
import { requireOperator } from "./auth.ts";
import { commandRoutes } from "./commands.ts";
import type { HttpContext } from "./context.ts";
import { deviceRoutes } from "./devices.ts";
import { eventRoutes } from "./events.ts";
import { healthRoutes } from "./health.ts";
import { useProblems } from "./problems.ts";

export interface HttpServerOptions {
  readonly logger: Logger;
  readonly bodyLimit: number;
  readonly version: string;
}

/** A correlation id that a caller may choose: enough for UUIDs, ULIDs and trace ids. */
const CORRELATION_ID = /^[A-Za-z0-9._:-]{1,128}$/;

/** The operator API. A new resource is a file of routes and a line here. */
export async function createHttpServer(context: HttpContext, options: HttpServerOptions): Promise<FastifyInstance> {
  const app = fastify({
    loggerInstance: options.logger as FastifyBaseLogger,
    disableRequestLogging: true,
    bodyLimit: options.bodyLimit,
    genReqId: ({ headers }) => {
      const given = headers["x-correlation-id"];
      return typeof given === "string" && CORRELATION_ID.test(given) ? given : randomUUID();
    },
    requestIdLogLabel: "correlationid",
    // An unknown field is an error that names it, not something to drop in silence.
    ajv: { customOptions: { removeAdditional: false, coerceTypes: true, allErrors: false } },
    forceCloseConnections: true,
  }).withTypeProvider<TypeBoxTypeProvider>();

  useProblems(app);
  app.addHook("onRequest", async (request, reply) => {
    reply.header("x-correlation-id", request.id);
    reply.header("cache-control", "no-store");
    reply.header("x-content-type-options", "nosniff");
  });
  app.addHook("onResponse", async (request, reply) => {
    context.metrics.http(
      request.method,
      request.routeOptions.url ?? "none",
      reply.statusCode,
      reply.elapsedTime / 1_000,
    );
  });

  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: { title: "Fleetlog", version: options.version, description: "An event-sourced device fleet" },
      components: { securitySchemes: { token: { type: "http", scheme: "bearer" } } },
      security: [{ token: [] }],
    },
  });
  await app.register(healthRoutes(context));
  await app.register(
    async (api) => {
      api.get("/openapi.json", { schema: { hide: true } }, async () => app.swagger());
      await api.register(async (secured) => {
        secured.addHook("preParsing", requireOperator(context.operators));
        await secured.register(deviceRoutes(context));
        await secured.register(commandRoutes(context));
        await secured.register(eventRoutes(context));
      });
    },
    { prefix: "/api" },
  );
  await app.ready();
  return app;
}
