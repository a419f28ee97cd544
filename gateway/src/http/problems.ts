import { type ErrorCode, FleetError } from "@fleetlog/domain";
import { PROBLEM_MEDIA_TYPE, type Problem, WIRE_ERRORS } from "@fleetlog/protocol";
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

/** An error as RFC 9457 problem details. The type is relative: it names the code in this API's own documentation. */
export function problemOf(error: FleetError, request: { readonly url: string; readonly id: string }): Problem {
  const { http, title } = WIRE_ERRORS[error.code];
  return {
    type: `/problems/${error.code}`,
    title,
    status: http,
    detail: error.message,
    code: error.code,
    ...(error.field !== undefined && { field: error.field }),
    ...(error.advice !== undefined && { advice: error.advice }),
    instance: request.url.split("?")[0] ?? request.url,
    correlationid: request.id,
  };
}

/** Every error of every route, also of those that do not exist, leaves as a problem. */
export function useProblems(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError, request, reply) => send(toFleetError(error), request, reply));
  app.setNotFoundHandler((request, reply) => {
    const message = `there is no ${request.method} ${request.url.split("?")[0]}`;
    return send(
      new FleetError("not-found", message, { advice: "See /api/openapi.json for what there is." }),
      request,
      reply,
    );
  });
}

function send(error: FleetError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = problemOf(error, request);
  const { method, url } = request;
  const asked = { method, url, status: problem.status };
  if (problem.status >= 500) request.log.error({ ...asked, err: error }, "the request failed");
  else request.log.info({ ...asked, code: error.code, field: error.field }, error.message);
  if (error.code === "unauthenticated") reply.header("www-authenticate", 'Bearer realm="fleetlog"');
  if (error.retryAfterMs !== undefined) reply.header("retry-after", String(Math.ceil(error.retryAfterMs / 1_000)));
  return reply.status(problem.status).type(PROBLEM_MEDIA_TYPE).send(JSON.stringify(problem));
}

/** Fastify's own refusals by HTTP status; whatever else comes is a fault of ours and says nothing of its inside. */
const BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: "invalid-request",
  401: "unauthenticated",
  403: "forbidden",
  404: "not-found",
  413: "payload-too-large",
  415: "unsupported-media-type",
  429: "rate-limited",
  503: "unavailable",
};

function toFleetError(error: FastifyError | FleetError): FleetError {
  if (error instanceof FleetError) return error;
  const code = BY_STATUS[error.statusCode ?? 500] ?? "internal";
  const message =
    code === "internal" ? "something went wrong here; it was logged with this correlation id" : error.message;
  return new FleetError(code, message, { cause: error });
}
