import { randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import type { Problem } from "@fleetlog/protocol";
import { Backoff } from "@fleetlog/runtime";

const RETRIES = { firstMs: 500, longestMs: 10_000, jitter: "half" } as const;
const TRIES = 8;
const ANSWER_MS = 120_000;
const MAX_WAIT_MS = 60_000;
const LATER = new Set([429, 502, 503, 504]);

export interface ClientOptions {
  readonly url: string;
  readonly key: string;
  /** Says why a call is tried again. */
  readonly say: (line: string) => void;
  readonly wait?: (ms: number) => Promise<unknown>;
}

/** A call that the server refused. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly field: string | undefined;

  constructor({ status, code, detail, field }: Problem) {
    super(detail);
    this.status = status;
    this.code = code;
    this.field = field;
  }
}

/** Calls the HTTP API. Repeats a call while the server is away or busy; the server executes the call only once. */
export class Client {
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** Waits before something is tried again. */
  async pause(ms: number): Promise<void> {
    await (this.#options.wait ?? setTimeout)(ms);
  }

  get<Body>(path: string): Promise<Body> {
    return this.#call("GET", path);
  }

  post<Body>(path: string, body?: unknown): Promise<Body> {
    return this.#call("POST", path, body);
  }

  patch<Body>(path: string, body: unknown): Promise<Body> {
    return this.#call("PATCH", path, body);
  }

  /** @throws ApiError; Error if the server stays away */
  async #call<Body>(method: string, path: string, body?: unknown): Promise<Body> {
    const { say } = this.#options;
    const backoff = new Backoff(RETRIES);
    const idempotencyKey = randomUUID();
    for (;;) {
      const { answer, why, retryAfterMs } = await this.#try<Body>(method, path, body, idempotencyKey);
      if (why === undefined) return answer as Body;
      const ms = Math.max(backoff.failed(), retryAfterMs);
      if (backoff.failures >= TRIES) throw new Error(`the server can't be used: ${why}`);
      say(`${why}; the call is tried again`);
      await this.pause(ms);
    }
  }

  async #try<Body>(method: string, path: string, body: unknown, idempotencyKey: string) {
    const { url, key } = this.#options;
    let response: Response;
    let text: string;
    try {
      response = await fetch(new URL(path, url), {
        method,
        redirect: "error",
        signal: AbortSignal.timeout(ANSWER_MS),
        headers: {
          authorization: `Bearer ${key}`,
          ...(method === "POST" && { "idempotency-key": idempotencyKey }),
          ...(body !== undefined && { "content-type": "application/json" }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      text = await response.text();
    } catch (error) {
      return { why: `${url} does not answer (${reasonOf(error)})`, retryAfterMs: 0 };
    }
    if (response.ok) return { answer: jsonIn(url, text) as Body, retryAfterMs: 0 };
    const problem = problemIn(response.status, text);
    const isRunning = problem.status === 409 && problem.code === "conflict";
    if (!LATER.has(response.status) && !isRunning) throw new ApiError(problem);
    const seconds = Number(response.headers.get("retry-after") ?? 0);
    const retryAfterMs = Number.isFinite(seconds) ? Math.min(seconds * 1_000, MAX_WAIT_MS) : 0;
    return { why: `the server answers ${problem.status} (${problem.detail})`, retryAfterMs };
  }
}

function jsonIn(url: string, text: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`the answer of ${url} is not JSON: is it the address of Fleetlog?`);
  }
}

function problemIn(status: number, text: string): Problem {
  try {
    const { code, detail, field } = JSON.parse(text) as Problem;
    if (typeof code === "string" && typeof detail === "string")
      return { type: "", title: "", status, code, detail, ...(field !== undefined && { field }) };
  } catch {
    // The answer is not JSON, because it may come from a proxy.
  }
  return { type: "", title: "", status, code: "unknown", detail: `status ${status}` };
}

function reasonOf(error: unknown): string {
  const { cause, message } = error as Error & { readonly cause?: { readonly code?: string } };
  return cause?.code ?? message;
}
