import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerOptions, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { FleetError, invalid } from "@fleetlog/domain";
import { formatSize } from "@fleetlog/runtime";
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Logger } from "pino";
import { shouldUpgrade } from "../../net/upgrades.ts";
import { checkEscapes } from "../input/query.ts";
import { problemOf, sendProblem } from "./problems.ts";
import { answerRaw } from "./raw-problem.ts";

const HEADER_BYTES = 16 * 1024;

export interface Slowness {
  /** Milliseconds from a request's first byte until its headers, and until all of it, must be here. */
  readonly headersMs: number;
  readonly requestMs: number;
  /** How often it is looked for requests that take longer. */
  readonly everyMs: number;
}

export const PATIENCE: Slowness = { headersMs: 15_000, requestMs: 60_000, everyMs: 5_000 };

/** For Node's server: what it would refuse without a word is left to {@link refuseEarly}. */
export function nodeOptions(
  { headersMs, requestMs, everyMs }: Slowness,
  upgradePaths: ReadonlySet<string>,
): ServerOptions {
  return {
    maxHeaderSize: HEADER_BYTES,
    headersTimeout: headersMs,
    requestTimeout: requestMs,
    connectionsCheckingInterval: everyMs,
    requireHostHeader: false,
    shouldUpgradeCallback: (request) => shouldUpgrade(request, upgradePaths),
  };
}

/** Fastify would know no id longer than 100 characters; what is too long is said where it is known how long it may be. */
export const ROUTER_OPTIONS = { maxParamLength: HEADER_BYTES };

/** Refuses with problems what never gets as far as a route. */
export function refuseEarly(app: FastifyInstance, logger: Logger): void {
  app.addHook("onRequest", async ({ raw, headers }) => {
    // RFC 9112, 3.2
    if (raw.httpVersionMinor === 1 && headers.host === undefined) {
      throw invalid("host", "a request by HTTP/1.1 must name its host");
    }
    checkEscapes(raw.url ?? "/");
  });
  const { server } = app;
  // RFC 9110, 10.1.1: what is expected beside 100-continue may be left alone.
  server.on("checkExpectation", (request: IncomingMessage, response: ServerResponse) => {
    server.emit("request", request, response);
  });
  server.on("connect", (request: IncomingMessage, socket: Duplex) => {
    socket.on("error", () => socket.destroy());
    const error = new FleetError("method-not-allowed", "this is no proxy: there is no CONNECT");
    refuse(socket, error, request.url, logger);
  });
}

/** Fastify's own: a path that can't be read. */
export function frameworkErrors(_error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  void sendProblem(invalid("path", "the path holds a % that begins no escape of UTF-8"), request, reply);
}

/** Node's own: what is no HTTP, or comes too slowly. The connection can't be used any more. */
export function clientErrorHandler(logger: Logger) {
  return (error: NodeJS.ErrnoException & { readonly reason?: string }, socket: Duplex): void => {
    // Reset by the peer, or in the middle of an answer: nothing can be said there any more.
    const { _httpMessage: answering } = socket as Duplex & { readonly _httpMessage?: ServerResponse };
    if (error.code === "ECONNRESET" || answering?.headersSent === true) {
      socket.destroy();
      return;
    }
    refuse(socket, refusalOf(error), answering?.req.url, logger);
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
      return new FleetError("request-timeout", "the request did not come in time", {
        advice: "Send the whole request at once.",
      });
    case "HPE_CHUNK_EXTENSIONS_OVERFLOW":
      return new FleetError("payload-too-large", "the extensions of the body's chunks are too large");
    default:
      return new FleetError(
        "invalid-request",
        `this is no request by HTTP/1.1${reason === undefined ? "" : `: ${reason}`}`,
      );
  }
}

function refuse(socket: Duplex, error: FleetError, url: string | undefined, logger: Logger): void {
  const problem = problemOf(error, { url: url ?? "/", id: randomUUID() });
  logger.debug({ status: problem.status, correlationid: problem.correlationid }, error.message);
  const allow = error.code === "method-not-allowed" ? ([["allow", "GET, HEAD, OPTIONS"]] as const) : [];
  answerRaw(socket, problem, allow);
}
