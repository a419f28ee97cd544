import { setTimeout as sleep } from "node:timers/promises";
import { FleetError, isLimited, type Scope } from "@fleetlog/domain";
import type { Bus } from "@fleetlog/log";
import {
  AS_OF,
  type AsOfAnswer,
  type AsOfRequest,
  type HistoryNext,
  type HistoryPart,
  historyCancelSubject,
  historyPartsSubject,
  historySubject,
  type Queries,
  type QueryName,
} from "@fleetlog/protocol";
import { Backoff } from "@fleetlog/runtime";
import { RETRY_LIMITS, type RetryLimits, RetryWhileAway } from "../views/retry.ts";

export interface HistoryOptions {
  /** Milliseconds in which a historian answers with the first part; default 30,000. */
  readonly answerMs?: number;
  readonly retry?: RetryLimits;
}

export interface AsOfOptions {
  /** A FLEET sequence or a time (RFC 3339). */
  readonly at: string | number;
  /** A later moment. The answer has what was known at that moment. */
  readonly known?: string | number | undefined;
  /** Restricts the answer to devices that are in this scope today. */
  readonly scope?: Scope;
  readonly signal?: AbortSignal | undefined;
}

const ANSWER_MS = 30_000;
const PART_MS = 10_000;
const PAUSES = { firstMs: 50, longestMs: 500, jitter: "none" } as const;
/** After this many unanswered requests for one part, the historian counts as gone. */
const TRIES = 8;

/** Client for calls that any historian answers. One for each process, because it limits the waiting calls. */
export class History {
  readonly #bus: Bus;
  readonly #answerMs: number;
  readonly #whileAway: RetryWhileAway;

  constructor(bus: Bus, { answerMs = ANSWER_MS, retry = RETRY_LIMITS }: HistoryOptions = {}) {
    this.#bus = bus;
    this.#answerMs = answerMs;
    this.#whileAway = new RetryWhileAway(retry, "history-unavailable");
  }

  /**
   * What a view answered then. Waits a few seconds while no historian answers.
   *
   * @throws FleetError `history-unavailable` if no historian answers, `invalid-request` (field `at` or `known`) for a moment
   * that the log does not have
   */
  async asOf<N extends QueryName>(
    query: N,
    params: Queries[N]["params"],
    { at, known, scope, signal }: AsOfOptions,
  ): Promise<AsOfAnswer<N>> {
    const limited = scope !== undefined && isLimited(scope);
    const request: AsOfRequest<N> = {
      ...{ query, params, at },
      ...(known !== undefined && { known }),
      ...(limited && { scope }),
    };
    return await this.answer<AsOfAnswer<N>>(AS_OF, request, signal);
  }

  /**
   * The whole answer to a call that answers in JSON. Waits a few seconds while no historian answers.
   *
   * @throws FleetError `history-unavailable` if no historian answers; any error of the call
   */
  async answer<T>(call: string, request: unknown, signal?: AbortSignal): Promise<T> {
    const text = await this.#whileAway.run(async () => {
      const parts: string[] = [];
      for await (const part of this.read(call, request, signal)) parts.push(part);
      return parts.join("");
    });
    return JSON.parse(text) as T;
  }

  /**
   * The answer to a call, in parts. The historian makes a part when the reader asks for it. An early return of the
   * reader, or the signal, cancels the rest.
   *
   * @throws FleetError `history-unavailable` if no historian answers, or the historian ends before the answer; any
   * error of the call
   */
  async *read(call: string, request: unknown, signal?: AbortSignal): AsyncGenerator<string, void, undefined> {
    let part = await this.#unlessAborted(this.#first(call, request), signal);
    const held = part.next;
    try {
      for (;;) {
        yield part.text;
        if (part.next === undefined) return;
        part = await this.#unlessAborted(this.#part(part.next, signal), signal);
      }
    } finally {
      // Cancels even after the last part, because the historian keeps that part for a repeated request.
      if (held !== undefined) this.#cancel(held);
    }
  }

  async #first(call: string, request: unknown): Promise<HistoryPart> {
    try {
      return (await this.#bus.request(historySubject(call), request, { timeoutMs: this.#answerMs })) as HistoryPart;
    } catch (error) {
      throw unavailable(error, "no historian answers", "Check that a historian runs; then try again.");
    }
  }

  /** Asks again after a lost connection. */
  async #part(next: HistoryNext, signal: AbortSignal | undefined): Promise<HistoryPart> {
    const backoff = new Backoff(PAUSES);
    for (let tries = 1; ; tries++) {
      try {
        const subject = historyPartsSubject(next.historian);
        return (await this.#bus.request(subject, next, { timeoutMs: PART_MS })) as HistoryPart;
      } catch (error) {
        const isAway = error instanceof FleetError && error.code === "unavailable";
        if (!isAway || tries === TRIES || signal?.aborted === true) {
          throw unavailable(error, "the historian ended before its answer", "Try again.");
        }
        await sleep(backoff.failed());
      }
    }
  }

  /** A part that comes after the abort is not read, and its rest is cancelled. */
  async #unlessAborted(asked: Promise<HistoryPart>, signal: AbortSignal | undefined): Promise<HistoryPart> {
    if (signal === undefined) return asked;
    const aborted = Promise.withResolvers<never>();
    const abort = () => {
      asked.then(({ next }) => next !== undefined && this.#cancel(next)).catch(() => {});
      aborted.reject(signal.reason);
    };
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
    try {
      return await Promise.race([asked, aborted.promise]);
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  #cancel({ historian, answer }: HistoryNext): void {
    this.#bus.publish(historyCancelSubject(historian), { answer });
  }
}

function unavailable(error: unknown, message: string, advice: string): unknown {
  if (!(error instanceof FleetError) || error.code !== "unavailable") return error;
  return new FleetError("history-unavailable", message, { advice, retryAfterMs: 1_000, cause: error });
}
