import { type ErrorCode, FleetError } from "@fleetlog/domain";
import { PROBLEM_MEDIA_TYPE, WIRE_ERRORS } from "@fleetlog/protocol";
import { formatSize } from "@fleetlog/runtime";
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { pathOf, problemOf } from "../../net/refusing/problem.ts";
import type { RequestLog } from "../access/request-log.ts";
import { challengeFor } from "./challenge.ts";

/** @param bodyLimit bytes */
export function useProblems(app: FastifyInstance, bodyLimit: number, refuse: Refuse): void {
  app.setErrorHandler((error: FastifyError, request, reply) =>
    refuse(toFleetError(error, request, bodyLimit), request, reply),
  );
}

const REFUSALS: ReadonlySet<number> = new Set([401, 403, 429]);
/** This answer to a right password asks for the second factor. It is no refusal. */
const NEXT_STEP: ErrorCode = "second-factor-required";

/** Removes the signature of a link, because readers of the log could download with it. */
export function withoutSignature(url: string): string {
  return url.replace(/([?&]signature=)[^&]*/, "$1…");
}

const RETRY_MS: Readonly<Record<number, number>> = { 429: 1_000, 503: 1_000 };

/** Answers a request with an error. */
export type Refuse = (error: FleetError, request: FastifyRequest, reply: FastifyReply) => FastifyReply;

/** Logs and counts each refusal before `answer` sends it. */
export function recordRefusals(log: RequestLog, answer: Refuse): Refuse {
  return (error, request, reply) => {
    const { http: status } = WIRE_ERRORS[error.code];
    const fields = { method: request.method, url: pathOf(request.url), status };
    if (status >= 500) log.write(request, "error", "failed requests", { ...fields, err: error }, "the request failed");
    else
      log.write(
        request,
        "info",
        "refused requests",
        { ...fields, code: error.code, field: error.field },
        error.message,
      );
    if (REFUSALS.has(status) && error.code !== NEXT_STEP) log.refused(request, error.code);
    return answer(error, request, reply);
  };
}

export function sendProblem(error: FleetError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = problemOf(error, request);
  const challenge = challengeFor(error.code, request.headers);
  if (challenge !== undefined) reply.header("www-authenticate", challenge);
  const retryAfterMs = error.retryAfterMs ?? RETRY_MS[problem.status];
  if (retryAfterMs !== undefined) reply.header("retry-after", String(Math.ceil(retryAfterMs / 1_000)));
  // RFC 9110, 15.5.16
  if (error.code === "unsupported-media-type") reply.header("accept", "application/json");
  return reply.status(problem.status).type(PROBLEM_MEDIA_TYPE).send(JSON.stringify(problem));
}

/** Codes for fastify's own errors by status. Another error is `internal`, and its message is not sent. */
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

function toFleetError(error: FastifyError | FleetError, request: FastifyRequest, bodyLimit: number): FleetError {
  if (error instanceof FleetError) return error;
  const code = BY_STATUS[error.statusCode ?? 500] ?? "internal";
  switch (code) {
    case "payload-too-large":
      return new FleetError(code, `the body is larger than ${formatSize(bodyLimit)}`, {
        advice: "Send less at once, or raise FLEETLOG_MAX_PAYLOAD_BYTES.",
      });
    case "unsupported-media-type": {
      const type = request.headers["content-type"]?.slice(0, 128) ?? "without a type";
      return new FleetError(code, `a body ${type} is not supported`, {
        field: "content-type",
        advice: "Send application/json.",
      });
    }
    case "internal":
      return new FleetError(code, "an internal error occurred; it was logged with this correlation id", {
        cause: error,
      });
    default:
      return new FleetError(code, error.message, { cause: error });
  }
}
