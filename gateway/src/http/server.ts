import { randomUUID } from "node:crypto";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from "fastify";
import type { Logger } from "pino";
import { authorizeRequests } from "./access/authorize.ts";
import { compressAnswers } from "./compression/compression.ts";
import type { HttpContext } from "./context.ts";
import { takeJsonBodies } from "./input/body.ts";
import { validatorCompiler } from "./input/validation.ts";
import { describeApi } from "./openapi/index.ts";
import {
  clientErrorHandler,
  frameworkErrors,
  nodeOptions,
  ROUTER_OPTIONS,
  refuseEarly,
  type Slowness,
} from "./problems/early.ts";
import { answerMissing } from "./problems/missing.ts";
import { useProblems } from "./problems/problems.ts";
import type { HttpResource } from "./resources/resource.ts";

export interface HttpServerOptions {
  readonly logger: Logger;
  readonly bodyLimit: number;
  readonly version: string;
  readonly slowness: Slowness;
  readonly resources: readonly HttpResource[];
  /** Where there is nothing but WebSockets. */
  readonly upgradePaths: ReadonlySet<string>;
}

/** A correlation id that a caller may choose: enough for UUIDs, ULIDs and trace ids. */
const CORRELATION_ID = /^[A-Za-z0-9._:-]{1,128}$/;

/** The operator API. A new resource is a file in `resources/` and a line in its list. */
export async function createHttpServer(context: HttpContext, options: HttpServerOptions): Promise<FastifyInstance> {
  const { logger, bodyLimit, slowness, resources, upgradePaths } = options;
  const app = fastify({
    http: nodeOptions(slowness, upgradePaths),
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
  answerMissing(app, upgradePaths);
  authorizeRequests(app, context);
  compressAnswers(app);
  app.addHook("onResponse", async (request, reply) => {
    const { method, url } = request;
    const { statusCode, elapsedTime } = reply;
    const level = method === "GET" || method === "HEAD" ? "debug" : "info";
    request.log[level]({ method, url, status: statusCode, ms: Math.round(elapsedTime) }, "answered");
    context.requests.answered(method, request.routeOptions.url ?? "none", statusCode, elapsedTime / 1_000);
  });

  await describeApi(app, options.version, resources);
  for (const { prefix, routes } of resources) await app.register(routes(context), { prefix });
  await app.ready();
  return app;
}
