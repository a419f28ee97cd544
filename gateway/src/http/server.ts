import { randomUUID } from "node:crypto";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyPluginAsync, LogController } from "fastify";
import type { Logger } from "pino";
import { uiRoutes } from "../ui/routes.ts";
import { requireOperator } from "./auth.ts";
import { takeJsonBodies } from "./body.ts";
import { commandRoutes } from "./commands.ts";
import { compressAnswers } from "./compression.ts";
import type { HttpContext } from "./context.ts";
import { deviceRoutes } from "./devices.ts";
import {
  clientErrorHandler,
  frameworkErrors,
  nodeOptions,
  PATIENCE,
  ROUTER_OPTIONS,
  refuseEarly,
  type Slowness,
} from "./early.ts";
import { eventRoutes } from "./events.ts";
import { healthRoutes } from "./health.ts";
import { answerMissing } from "./missing.ts";
import { describeApi } from "./openapi/index.ts";
import { useProblems } from "./problems.ts";
import { sessionRoutes } from "./session.ts";
import { systemRoutes } from "./system.ts";
import { validatorCompiler } from "./validation.ts";

export interface HttpServerOptions {
  readonly logger: Logger;
  readonly bodyLimit: number;
  readonly version: string;
  readonly slowness?: Slowness;
}

/** A correlation id that a caller may choose: enough for UUIDs, ULIDs and trace ids. */
const CORRELATION_ID = /^[A-Za-z0-9._:-]{1,128}$/;

/** The operator API. A new resource is a file of routes and a line here. */
export async function createHttpServer(context: HttpContext, options: HttpServerOptions): Promise<FastifyInstance> {
  const { logger, bodyLimit, slowness = PATIENCE } = options;
  const app = fastify({
    http: nodeOptions(slowness),
    requestTimeout: slowness.requestMs,
    routerOptions: ROUTER_OPTIONS,
    frameworkErrors,
    clientErrorHandler: clientErrorHandler(logger),
    loggerInstance: logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: "correlationid" }),
    bodyLimit,
    genReqId: ({ headers }) => {
      const given = headers["x-correlation-id"];
      return typeof given === "string" && CORRELATION_ID.test(given) ? given : randomUUID();
    },
    forceCloseConnections: true,
  }).withTypeProvider<TypeBoxTypeProvider>();

  app.setValidatorCompiler(validatorCompiler);
  takeJsonBodies(app);
  useProblems(app, bodyLimit);
  app.addHook("onRequest", async (request, reply) => {
    reply.header("x-correlation-id", request.id);
    reply.header("cache-control", "no-store");
    reply.header("x-content-type-options", "nosniff");
  });
  refuseEarly(app, logger);
  answerMissing(app);
  compressAnswers(app);
  app.addHook("onResponse", async (request, reply) => {
    const { method, url } = request;
    const { statusCode, elapsedTime } = reply;
    const level = method === "GET" || method === "HEAD" ? "debug" : "info";
    request.log[level]({ method, url, status: statusCode, ms: Math.round(elapsedTime) }, "answered");
    context.metrics.http(method, request.routeOptions.url ?? "none", statusCode, elapsedTime / 1_000);
  });

  await describeApi(app, options.version);
  await app.register(healthRoutes(context));
  await app.register(apiDescription, { prefix: "/api" });
  await app.register(sessionRoutes(context), { prefix: "/api" });
  await app.register(securedRoutes(context), { prefix: "/api" });
  await app.register(uiRoutes(context.ui));
  await app.ready();
  return app;
}

const apiDescription: FastifyPluginAsync = async (api) => {
  api.get("/openapi.json", { schema: { hide: true } }, async () => api.swagger());
};

function securedRoutes(context: HttpContext): FastifyPluginAsync {
  return async (api) => {
    api.addHook("preParsing", requireOperator(context));
    await api.register(deviceRoutes(context));
    await api.register(commandRoutes(context));
    await api.register(eventRoutes(context));
    await api.register(systemRoutes(context));
  };
}
