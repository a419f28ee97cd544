import { setTimeout as sleep } from "node:timers/promises";
import { FleetError } from "@fleetlog/domain";
import type { Bus } from "@fleetlog/log";
import {
  type HistoryNext,
  type HistoryPart,
  historyBeginSubject,
  historyCancelSubject,
  historyPartsSubject,
  historySubject,
} from "@fleetlog/protocol";
import { Backoff } from "@fleetlog/runtime";

export interface PartLimits {
  /** Milliseconds without a message of the historian after which the request is repeated. */
  readonly silenceMs: number;
  /** Time limit in milliseconds of a call that is not repeated, or that a historian of an earlier version answers. */
  readonly answerMs: number;
  /** A historian counts as gone after this many milliseconds without a connection to NATS. */
  readonly returnMs: number;
  /** Time limit of one part, in milliseconds; default 80,000. */
  readonly partMs?: number;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** The call begins something, and is not repeated when the historian is silent: a second call could begin it twice. */
  readonly once?: boolean;
}

const PART_MS = 80_000;
const PAUSES = { firstMs: 50, longestMs: 500, jitter: "none" } as const;

/** The historian that has received a call is gone, so another one may answer it. */
export class HistorianGone extends FleetError {
  constructor(message: string, cause?: unknown) {
    super("history-unavailable", message, { advice: "Try again.", retryAfterMs: 1_000, cause });
  }
}

/** Reads the parts of one historian's answer. */
export class HistorianParts {
  readonly #bus: Bus;
  readonly #limits: PartLimits;

  constructor(bus: Bus, limits: PartLimits) {
    this.#bus = bus;
    this.#limits = limits;
  }

  /**
   * Reads an answer in parts. The historian makes a part when the reader asks for it. Parts can be empty. An early
   * return of the reader, or the signal, cancels the rest.
   *
   * @throws HistorianGone; FleetError `history-unavailable` if no historian answers; any error of the call
   */
  async *read(
    call: string,
    request: unknown,
    { signal, once = false }: CallOptions,
  ): AsyncGenerator<string, void, undefined> {
    let part = await this.#unlessAborted(this.#first(call, request, once), signal);
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

  async #first(call: string, request: unknown, once: boolean): Promise<HistoryPart> {
    try {
      return await this.#begin(call, request, once ? this.#limits.answerMs : this.#limits.silenceMs);
    } catch (error) {
      if (!isAway(error)) throw error;
    }
    // No historian has received the call. A historian of an earlier version listens only on this subject, and may be
    // silent for a long time.
    try {
      return await this.#ask(historySubject(call), request, this.#limits.answerMs);
    } catch (cause) {
      if (!isAway(cause)) throw cause;
      const advice = "Check that a historian runs; then try again.";
      throw new FleetError("history-unavailable", "no historian answers", { advice, retryAfterMs: 1_000, cause });
    }
  }

  /** @throws HistorianGone after the silence; FleetError `unavailable` if no historian has received the call */
  async #begin(call: string, request: unknown, silenceMs: number): Promise<HistoryPart> {
    // The answer is awaited for longer than the silence, so that a late one is cancelled.
    const asked = this.#ask(historyBeginSubject(call), request, silenceMs + this.#limits.answerMs);
    const timer = new AbortController();
    const silent = sleep(silenceMs, undefined, { signal: timer.signal }).catch(() => undefined);
    const first = await Promise.race([asked, silent]).finally(() => timer.abort());
    if (first !== undefined) return first;
    this.#cancelLate(asked);
    throw new HistorianGone("the historian does not answer");
  }

  /** Asks again after some silence. A historian that is making the part recognises the repeated request. */
  async #part(next: HistoryNext, signal: AbortSignal | undefined): Promise<HistoryPart> {
    const { silenceMs, returnMs, partMs = PART_MS } = this.#limits;
    const backoff = new Backoff(PAUSES);
    const begun = performance.now();
    let awaySince: number | undefined;
    for (;;) {
      const askedAt = performance.now();
      try {
        return await this.#ask(historyPartsSubject(next.historian), next, silenceMs);
      } catch (error) {
        if (isForgotten(error)) throw new HistorianGone("the historian no longer has the rest of its answer", error);
        if (!isAway(error)) throw error;
        const now = performance.now();
        // A request that fails before the silence had no receiver: the historian is not connected to NATS.
        awaySince = now - askedAt < silenceMs / 2 ? (awaySince ?? askedAt) : undefined;
        const isGone = awaySince !== undefined && now - awaySince > returnMs;
        if (isGone || signal?.aborted === true) throw new HistorianGone("the historian ended before its answer", error);
        // This historian may still be at work, and another one would take as long.
        if (now - begun > partMs)
          throw new FleetError("history-unavailable", "the historian takes too long", { cause: error });
        await sleep(backoff.failed());
      }
    }
  }

  async #ask(subject: string, data: unknown, timeoutMs: number): Promise<HistoryPart> {
    return (await this.#bus.request(subject, data, { timeoutMs })) as HistoryPart;
  }

  /** A part that comes after the abort is not read, and its rest is cancelled. */
  async #unlessAborted(asked: Promise<HistoryPart>, signal: AbortSignal | undefined): Promise<HistoryPart> {
    if (signal === undefined) return asked;
    const aborted = Promise.withResolvers<never>();
    const abort = () => {
      this.#cancelLate(asked);
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

  #cancelLate(asked: Promise<HistoryPart>): void {
    asked.then(({ next }) => next !== undefined && this.#cancel(next)).catch(() => {});
  }

  #cancel({ historian, answer }: HistoryNext): void {
    this.#bus.publish(historyCancelSubject(historian), { answer });
  }
}

/** The historian was restarted, or has dropped the answer because nobody read it. */
function isForgotten(error: unknown): boolean {
  return error instanceof FleetError && error.code === "history-unavailable" && error.field === "answer";
}

function isAway(error: unknown): boolean {
  return error instanceof FleetError && error.code === "unavailable";
}
