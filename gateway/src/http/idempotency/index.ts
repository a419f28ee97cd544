import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { type ErrorCode, FleetError } from "@fleetlog/domain";
import type { RepeatableRequest } from "@fleetlog/fleet";
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema } from "fastify";
import Type, { type TProperties } from "typebox";
import { personOf } from "../access/authorize.ts";
import type { KeptAnswers, Running } from "./answers.ts";
import { digestOf, type HashedBody, hashedBody } from "./hashed-body.ts";

export { KeptAnswers } from "./answers.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** A request with `Idempotency-Key` is performed once, and repetitions get the same answer. */
    readonly idempotent?: true;
  }
}

/** Requests with an idempotency key that are performed now. */
const performed = new WeakMap<FastifyRequest, RepeatableRequest>();

/** Equal in all runs of a request with an idempotency key; undefined without a key. */
export function repeatableRequest(request: FastifyRequest): RepeatableRequest | undefined {
  return performed.get(request);
}

/** Requests that were performed in part. */
const unfinished = new WeakSet<FastifyRequest>();

/** The answer is not kept: the next request with the same key completes what this one has begun. */
export function leaveUnfinished(request: FastifyRequest): void {
  unfinished.add(request);
}

const HEADER = "idempotency-key";
const HEADERS = Type.Object({
  [HEADER]: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 256,
      description:
        "Requests with the same key are performed once: for an hour, a repetition gets the same answer. A failed request is tried again",
    }),
  ),
});
const PROBLEMS: readonly ErrorCode[] = ["idempotency-key-reused", "conflict", "rate-limited"];
/** Headers of an answer that are kept with it. */
const KEPT_HEADERS = ["content-type", "content-disposition", "location", "etag"] as const;

/** Keeps the answers of routes with `config.idempotent`. Call before routes are registered. */
export function repeatAnswers(app: FastifyInstance, { keptAnswers }: { readonly keptAnswers: KeptAnswers }): void {
  const running = new WeakMap<FastifyRequest, Running>();
  const hashed = new WeakMap<FastifyRequest, HashedBody>();

  app.addHook("onRoute", (route) => {
    if (route.config?.idempotent !== true) return;
    const schema: FastifySchema = route.schema ?? {};
    const problems = new Set([...(schema.problems ?? []), ...PROBLEMS]);
    const { properties = {} } = (schema.headers ?? {}) as { readonly properties?: TProperties };
    const headers = Type.Object({ ...properties, ...HEADERS.properties });
    route.schema = { ...schema, headers, problems: [...problems] };
  });

  app.addHook("preHandler", async (request, reply) => {
    const key = request.headers[HEADER];
    if (request.routeOptions.config.idempotent !== true || typeof key !== "string") return;
    const path = request.url.split("?", 1)[0];
    const name = JSON.stringify([personOf(request).id, request.method, path, key]);
    const { body: sentBody } = request;
    const begun = await keptAnswers.begin(name, textOf(request), personOf(request).account ?? "");
    if (begun.state === "new") {
      running.set(request, begun.running);
      performed.set(request, keptAnswers.repeatableRequest(begun.running));
      if (!isStream(sentBody)) return;
      const hashing = hashedBody(sentBody);
      hashed.set(request, hashing);
      request.body = hashing.body;
      return;
    }
    if (begun.state === "running") throw stillRunning();
    if (begun.state === "other-request") throw reused();
    const { status, headers, body, sent } = begun.answer;
    if (sent !== undefined && (!isStream(sentBody) || (await digestOf(sentBody)) !== sent)) throw reused();
    if (body === undefined) throw notKept();
    return reply.status(status).headers(headers).send(body);
  });

  app.addHook("onSend", async (request, reply, payload) => {
    const mine = running.get(request);
    if (mine === undefined) return payload;
    running.delete(request);
    const body = await textIn(payload);
    // The client gets its answer also if it can't be kept.
    await end(mine, reply, body, hashed.get(request)?.digest()).catch((err: unknown) =>
      request.log.warn({ err }, "could not keep the answer to a request with an idempotency key"),
    );
    return body;
  });

  async function end(mine: Running, reply: FastifyReply, body: string, sent: string | undefined): Promise<void> {
    const { statusCode: status } = reply;
    // The request may have been performed in part: the next run must find what it made.
    if (status >= 500 || status === 409 || unfinished.has(reply.request)) return keptAnswers.interrupted(mine);
    if (status >= 400) return keptAnswers.forget(mine);
    const headers = Object.fromEntries(
      KEPT_HEADERS.flatMap((name) => (reply.hasHeader(name) ? [[name, String(reply.getHeader(name))]] : [])),
    );
    return keptAnswers.keep(mine, { status, headers, body, ...(sent !== undefined && { sent }) });
  }
}

async function textIn(payload: unknown): Promise<string> {
  if (payload == null || typeof payload === "string") return payload ?? "";
  const bytes = Buffer.isBuffer(payload) ? payload : await buffer(payload as Readable);
  return bytes.toString();
}

/** What must be the same in a repetition. A stream's bytes are compared once they are read. */
function textOf({ url, body, headers }: FastifyRequest): string {
  const sent = isStream(body) ? headers["content-length"] : body;
  return JSON.stringify([url, sent, headers.accept, headers["if-match"]]);
}

function isStream(body: unknown): body is Readable {
  return typeof body === "object" && body !== null && "pipe" in body;
}

function stillRunning(): FleetError {
  return new FleetError("conflict", "a request with this idempotency key is being performed", {
    advice: "Try again in a moment.",
    retryAfterMs: 1_000,
  });
}

function reused(): FleetError {
  return new FleetError("idempotency-key-reused", "this idempotency key was used for another request", {
    field: "Idempotency-Key",
    advice: "Use a new key for each request.",
  });
}

function notKept(): FleetError {
  return new FleetError("conflict", "this request was performed before, and its answer was not kept", {
    advice: "Look for what the request has created before you repeat it with a new key.",
  });
}
