import { isLimited, type Scope } from "@fleetlog/domain";
import type { Bus } from "@fleetlog/log";
import { AS_OF, type AsOfAnswer, type AsOfRequest, type Queries, type QueryName } from "@fleetlog/protocol";
import { RETRY_LIMITS, type RetryLimits, RetryWhileAway } from "../views/retry.ts";
import { type CallOptions, HistorianGone, HistorianParts, type PartLimits } from "./historian-parts.ts";

export interface HistoryOptions {
  /** Default: 4 s of silence, 30 s for an answer, 2 s to come back. */
  readonly limits?: PartLimits;
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

const LIMITS: PartLimits = { silenceMs: 4_000, answerMs: 30_000, returnMs: 2_000 };
/** How often a call is repeated if its historian is gone. */
const REPEATS = 2;

/**
 * Client for calls that any historian answers. A process has only one, because each client has its own limit of waiting
 * calls.
 */
export class History {
  readonly #historian: HistorianParts;
  readonly #whileAway: RetryWhileAway;

  constructor(bus: Bus, { limits = LIMITS, retry = RETRY_LIMITS }: HistoryOptions = {}) {
    this.#historian = new HistorianParts(bus, limits);
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
   * The whole answer to a call that answers in JSON. Waits a few seconds while no historian answers. If the historian
   * ends, another one is asked.
   *
   * @throws FleetError `history-unavailable` if no historian answers; any error of the call
   */
  async answer<T>(call: string, request: unknown, signal?: AbortSignal): Promise<T> {
    for (let repeats = 0; ; repeats++) {
      try {
        return await this.#whole<T>(call, request, { signal });
      } catch (error) {
        if (!(error instanceof HistorianGone) || repeats === REPEATS) throw error;
      }
    }
  }

  /** Like {@link answer}, for a call that begins something: it is not repeated while its historian may be at work. */
  async answerOnce<T>(call: string, request: unknown): Promise<T> {
    return await this.#whole<T>(call, request, { once: true });
  }

  /**
   * The answer to a call, in parts. The historian makes a part when the reader asks for it. An early return of the
   * reader, or the signal, cancels the rest. If the historian ends before the first text, another one is asked.
   *
   * @throws FleetError `history-unavailable` if no historian answers, or the historian ends before the answer; any
   * error of the call
   */
  async *read(call: string, request: unknown, signal?: AbortSignal): AsyncGenerator<string, void, undefined> {
    let isBegun = false;
    for (let repeats = 0; ; repeats++) {
      try {
        for await (const text of this.#historian.read(call, request, { signal })) {
          isBegun ||= text !== "";
          if (isBegun) yield text;
        }
        return;
      } catch (error) {
        if (isBegun || !(error instanceof HistorianGone) || repeats === REPEATS) throw error;
      }
    }
  }

  async #whole<T>(call: string, request: unknown, options: CallOptions): Promise<T> {
    const found = await this.#whileAway.run(async () => {
      const parts: string[] = [];
      try {
        for await (const part of this.#historian.read(call, request, options)) parts.push(part);
      } catch (error) {
        // The caller decides whether to repeat the call.
        if (error instanceof HistorianGone) return error;
        throw error;
      }
      return parts.join("");
    });
    if (typeof found !== "string") throw found;
    return JSON.parse(found) as T;
  }
}
