import { randomUUID } from "node:crypto";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import fastify, { type FastifyBaseLogger, LogController } from "fastify";
import type { Logger } from "pino";
import { withoutBase } from "../net/proxies/base-path.ts";
import type { UpgradePaths } from "../net/upgrades.ts";
import { RequestLog } from "./access/request-log.ts";
import type { DialectHttpContext } from "./context.ts";
import { validatorCompiler } from "./input/validation.ts";
import {
  clientErrorHandler,
  frameworkErrors,
  nodeOptions,
  type RequestTimeouts,
  ROUTER_OPTIONS,
  refuseBeforeRouting,
} from "./problems/before-routing.ts";
import { type Refuse, recordRefusals, useProblems, withoutSignature } from "./problems/problems.ts";
import { buildSerializer } from "./serializers.ts";

export interface BaseServerOptions {
  readonly logger: Logger;
  readonly bodyLimit: number;
  readonly timeouts: RequestTimeouts;
  /** Paths that serve only WebSockets. */
  readonly upgradePaths: UpgradePaths;
  readonly basePath: string;
  /** Sends an error to the client. */
  readonly answer: Refuse;
  /** Prefix of the route in the metrics of requests. */
  readonly routePrefix?: string;
}

/** Correlation ids that a client may choose, such as UUIDs, ULIDs and trace ids. */
const CORRELATION_ID = /^[A-Za-z0-9._:-]{1,128}$/;

/** A server without routes: limits of size and time, the Host check, the request log and metrics. */
export function createBaseServer(context: DialectHttpContext, options: BaseServerOptions) {
  const { logger, bodyLimit, timeouts, upgradePaths, basePath, answer, routePrefix = "" } = options;
  const requestLog = new RequestLog(context);
  const refuse = recordRefusals(requestLog, answer);
  const app = fastify({
    http: nodeOptions(timeouts, upgradePaths, basePath),
    rewriteUrl: ({ url = "/" }) => withoutBase(url, basePath),
    requestTimeout: timeouts.requestMs,
    routerOptions: ROUTER_OPTIONS,
    frameworkErrors: frameworkErrors(refuse),
    clientErrorHandler: clientErrorHandler(logger),
    loggerInstance: logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: "correlationid" }),
    bodyLimit,
    genReqId: ({ headers }) => {
      const given = headers["x-correlation-id"];
      return typeof given === "string" && CORRELATION_ID.test(given) ? given : randomUUID();
    },
    forceCloseConnections: true,
    schemaController: { compilersFactory: { buildSerializer } },
  }).withTypeProvider<TypeBoxTypeProvider>();

  app.setValidatorCompiler(validatorCompiler);
  useProblems(app, bodyLimit, refuse);
  app.addHook("onRequest", async (request, reply) => {
    reply.header("x-correlation-id", request.id);
    reply.header("cache-control", "no-store");
    reply.header("x-content-type-options", "nosniff");
  });
  refuseBeforeRouting(app, logger);
  app.addHook("onResponse", async (request, reply) => {
    const { method } = request;
    const url = withoutSignature(request.url);
    const { statusCode, elapsedTime } = reply;
    const fields = { method, url, status: statusCode, ms: Math.round(elapsedTime) };
    // A refused request already has a log line (see `recordRefusals`).
    const isRead = method === "GET" || method === "HEAD" || statusCode >= 400;
    if (isRead) request.log.debug(fields, "answered");
    else requestLog.write(request, "info", "answered requests", fields, "answered");
    const route = `${routePrefix}${request.routeOptions.url ?? "none"}`;
    context.requests.answered(method, route, statusCode, elapsedTime / 1_000);
  });
  return { app, refuse };
}
