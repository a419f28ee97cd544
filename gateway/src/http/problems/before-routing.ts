import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerOptions, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { FleetError, invalid } from "@fleetlog/domain";
import { formatSize } from "@fleetlog/runtime";
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Logger } from "pino";
import { withoutBase } from "../../net/proxies/base-path.ts";
import { hostFault } from "../../net/proxies/host.ts";
import { problemOf } from "../../net/refusing/problem.ts";
import { answerRaw } from "../../net/refusing/raw-problem.ts";
import { shouldUpgrade, type UpgradePaths } from "../../net/upgrades.ts";
import { checkEscapes } from "../input/query.ts";
import type { Refuse } from "./problems.ts";

const HEADER_BYTES = 16 * 1024;

export interface RequestTimeouts {
  /** Milliseconds from the first byte to the end of the headers. */
  readonly headersMs: number;
  /** Milliseconds from the first byte to the end of the body. */
  readonly requestMs: number;
  /** Milliseconds between two checks. */
  readonly checkEveryMs: number;
}

export const REQUEST_TIMEOUTS: RequestTimeouts = { headersMs: 15_000, requestMs: 60_000, checkEveryMs: 5_000 };

/**
 * Options of Node's server. {@link refuseBeforeRouting} checks the Host header, because Node's own refusal has no body.
 */
export function nodeOptions(
  { headersMs, requestMs, checkEveryMs }: RequestTimeouts,
  upgradePaths: UpgradePaths,
  basePath: string,
): ServerOptions {
  return {
    maxHeaderSize: HEADER_BYTES,
    headersTimeout: headersMs,
    requestTimeout: requestMs,
    connectionsCheckingInterval: checkEveryMs,
    requireHostHeader: false,
    shouldUpgradeCallback: (request) => {
      request.url = withoutBase(request.url ?? "/", basePath);
      return shouldUpgrade(request, upgradePaths);
    },
  };
}

/**
 * Raises fastify's limit of 100 characters, over which a long id would get 404. Instead, the route's schema refuses the
 * id and names the field.
 */
export const ROUTER_OPTIONS = { maxParamLength: HEADER_BYTES };

/** Refuses with a problem the requests that Node or fastify would refuse in their own format. */
export function refuseBeforeRouting(app: FastifyInstance, logger: Logger): void {
  app.addHook("onRequest", async ({ raw }) => {
    const fault = hostFault(raw);
    if (fault !== undefined) throw fault;
    checkEscapes(raw.url ?? "/");
  });
  const { server } = app;
  // RFC 9110, 10.1.1: other expectations than 100-continue may be ignored.
  server.on("checkExpectation", (request: IncomingMessage, response: ServerResponse) => {
    server.emit("request", request, response);
  });
  server.on("connect", (request: IncomingMessage, socket: Duplex) => {
    socket.on("error", () => socket.destroy());
    const error = new FleetError("method-not-allowed", "this is not a proxy: CONNECT is not supported");
    refuse(socket, error, request.url, logger);
  });
}

export function frameworkErrors(refuse: Refuse) {
  return (_error: FastifyError, request: FastifyRequest, reply: FastifyReply): void => {
    void refuse(
      invalid("path", "the path has an invalid percent escape; percent escapes must be UTF-8"),
      request,
      reply,
    );
  };
}

const long = new WeakSet<Duplex>();

/**
 * Exempts a request's body from the time limit, because its route has a time limit of its own. Call the returned
 * function after the answer.
 */
export function allowLongBody(socket: Duplex): () => void {
  long.add(socket);
  return () => void long.delete(socket);
}

export function clientErrorHandler(logger: Logger) {
  return (error: NodeJS.ErrnoException & { readonly reason?: string }, socket: Duplex): void => {
    if (error.code === "ERR_HTTP_REQUEST_TIMEOUT" && long.has(socket)) return;
    // No problem can be sent after a reset by the peer, or in the middle of a response.
    const { _httpMessage: response } = socket as Duplex & { readonly _httpMessage?: ServerResponse };
    if (error.code === "ECONNRESET" || response?.headersSent === true) {
      socket.destroy();
      return;
    }
    refuse(socket, refusalOf(error), response?.req.url, logger);
  };
}

function refusalOf({ code, reason }: NodeJS.ErrnoException & { readonly reason?: string }): FleetError {
  switch (code) {
    case "HPE_HEADER_OVERFLOW":
      return new FleetError(
        "headers-too-large",
        `the request line and headers are larger than ${formatSize(HEADER_BYTES)}`,
      );
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return new FleetError("request-timeout", "the request took too long", {
        advice: "Send the whole request at once.",
      });
    case "HPE_CHUNK_EXTENSIONS_OVERFLOW":
      return new FleetError("payload-too-large", "the extensions of the body's chunks are too large");
    default:
      return new FleetError(
        "invalid-request",
        `this is not an HTTP/1.1 request${reason === undefined ? "" : `: ${reason}`}`,
      );
  }
}

function refuse(socket: Duplex, error: FleetError, url: string | undefined, logger: Logger): void {
  const problem = problemOf(error, { url: url ?? "/", id: randomUUID() });
  logger.debug({ status: problem.status, correlationid: problem.correlationid }, error.message);
  const allow = error.code === "method-not-allowed" ? ([["allow", "GET, HEAD, OPTIONS"]] as const) : [];
  answerRaw(socket, problem, allow);
}
