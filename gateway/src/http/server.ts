import { randomUUID } from "node:crypto";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from "fastify";
import type { Logger } from "pino";
import { withoutBase } from "../net/base-path.ts";
import { authorizeRequests } from "./access/authorize.ts";
import { sealAddresses } from "./access/caller-address.ts";
import { requireProofs } from "./access/recent-proof.ts";
import { compressAnswers } from "./compression/compression.ts";
import type { HttpContext } from "./context.ts";
import { repeatAnswers } from "./idempotency/index.ts";
import { parseJsonBodies } from "./input/body.ts";
import { refuseUnexpected } from "./input/unexpected.ts";
import { validatorCompiler } from "./input/validation.ts";
import { describeApi } from "./openapi/index.ts";
import {
  clientErrorHandler,
  frameworkErrors,
  nodeOptions,
  type RequestTimeouts,
  ROUTER_OPTIONS,
  refuseBeforeRouting,
} from "./problems/before-routing.ts";
import { useProblems, withoutSignature } from "./problems/problems.ts";
import { answerUnmatched } from "./problems/unmatched.ts";
import { RequestLog } from "./request-log.ts";
import type { HttpResource } from "./resources/resource.ts";

export interface HttpServerOptions {
  readonly logger: Logger;
  readonly bodyLimit: number;
  readonly version: string;
  readonly timeouts: RequestTimeouts;
  readonly resources: readonly HttpResource[];
  readonly upgradePaths: ReadonlySet<string>;
}

/** Correlation ids that a client may choose, such as UUIDs, ULIDs and trace ids. */
const CORRELATION_ID = /^[A-Za-z0-9._:-]{1,128}$/;

/** To add a resource, add a file and a line in `resources/`. */
export async function createHttpServer(context: HttpContext, options: HttpServerOptions): Promise<FastifyInstance> {
  const { logger, bodyLimit, timeouts, resources, upgradePaths } = options;
  const { basePath = "/" } = context;
  const requestLog = new RequestLog(context);
  const app = fastify({
    http: nodeOptions(timeouts, upgradePaths, basePath),
    rewriteUrl: ({ url = "/" }) => withoutBase(url, basePath),
    requestTimeout: timeouts.requestMs,
    routerOptions: ROUTER_OPTIONS,
    frameworkErrors: frameworkErrors(requestLog),
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
  parseJsonBodies(app);
  useProblems(app, bodyLimit, requestLog);
  app.addHook("onRequest", async (request, reply) => {
    reply.header("x-correlation-id", request.id);
    reply.header("cache-control", "no-store");
    reply.header("x-content-type-options", "nosniff");
  });
  refuseBeforeRouting(app, logger);
  answerUnmatched(app, upgradePaths, requestLog);
  authorizeRequests(app, context);
  sealAddresses(app, context);
  refuseUnexpected(app);
  // Before kept answers, which may have secrets.
  requireProofs(app, context);
  repeatAnswers(app, context);
  compressAnswers(app);
  app.addHook("onResponse", async (request, reply) => {
    const { method } = request;
    const url = withoutSignature(request.url);
    const { statusCode, elapsedTime } = reply;
    const fields = { method, url, status: statusCode, ms: Math.round(elapsedTime) };
    // A refused request already has a log line (see `sendProblem`).
    const isRead = method === "GET" || method === "HEAD" || statusCode >= 400;
    if (isRead) request.log.debug(fields, "answered");
    else requestLog.write(request, "info", "answered requests", fields, "answered");
    context.requests.answered(method, request.routeOptions.url ?? "none", statusCode, elapsedTime / 1_000);
  });

  await describeApi(app, options.version, resources, basePath);
  for (const { prefix, routes } of resources) await app.register(routes(context), { prefix });
  await app.ready();
  return app;
}
