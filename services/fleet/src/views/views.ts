import { FleetError, isLimited, type Scope } from "@fleetlog/domain";
import type { Bus } from "@fleetlog/log";
import {
  keeperOf,
  type Queries,
  type QueryAnswer,
  type QueryName,
  type QueryRequest,
  querySubject,
} from "@fleetlog/protocol";
import { RETRY_LIMITS, type RetryLimits, RetryWhileAway } from "./retry.ts";

export interface QueryOptions {
  /** Restricts the answer to devices in this scope. */
  readonly scope?: Scope;
  /** Sequence of the view's stream that the answer must include, so that callers read their own writes. */
  readonly atLeast?: number;
  /** Milliseconds for the projector to reach `atLeast`. */
  readonly waitMs?: number;
  /**
   * If no projector reaches `atLeast` in time: fail with `view-behind` (the default), or answer from the newest state.
   */
  readonly whenBehind?: "fail" | "newest";
  /** If no projector answers: fail with `view-unavailable` (the default), or wait a few seconds. */
  readonly whenAway?: "fail" | "wait";
}

export interface ViewsOptions {
  /** Default for `waitMs` of queries; 2,000 by default. */
  readonly waitMs?: number;
  readonly retry?: RetryLimits;
}

/** Time for the answer to arrive, in addition to `waitMs`. */
const ANSWER_MS = 3_000;

const AWAY: ReadonlySet<string> = new Set(["unavailable", "view-unavailable"]);

/**
 * Client for queries, which any projector answers. A process has only one, because each client has its own limit of waiting
 * queries.
 */
export class Views {
  readonly #bus: Bus;
  readonly #waitMs: number;
  readonly #whileAway: RetryWhileAway;

  constructor(bus: Bus, { waitMs = 2_000, retry = RETRY_LIMITS }: ViewsOptions = {}) {
    this.#bus = bus;
    this.#waitMs = waitMs;
    this.#whileAway = new RetryWhileAway(retry);
  }

  /** @throws FleetError `view-unavailable` if no projector answers, `view-behind` if none reaches `atLeast` in time */
  async query<N extends QueryName>(
    name: N,
    params: Queries[N]["params"],
    options: QueryOptions = {},
  ): Promise<Queries[N]["result"]> {
    return (await this.queryWithSeq(name, params, options)).result;
  }

  /** As {@link query}, with the sequence of the answering view. */
  queryWithSeq<N extends QueryName>(
    name: N,
    params: Queries[N]["params"],
    options: QueryOptions = {},
  ): Promise<QueryAnswer<N>> {
    const { scope, atLeast, waitMs = this.#waitMs } = options;
    const request: QueryRequest<N> = {
      params,
      waitMs,
      ...(scope !== undefined && isLimited(scope) && { scope }),
      ...(atLeast !== undefined && { atLeast }),
    };
    const query =
      options.whenBehind === "newest" && atLeast !== undefined
        ? () => this.#newest(name, request)
        : () => this.#request(name, request);
    return options.whenAway === "wait" ? this.#whileAway.run(query) : query();
  }

  async #newest<N extends QueryName>(name: N, request: QueryRequest<N>): Promise<QueryAnswer<N>> {
    try {
      return await this.#request(name, request);
    } catch (error) {
      if (!(error instanceof FleetError) || error.code !== "view-behind") throw error;
      const { atLeast: _, ...anyState } = request;
      return this.#request(name, anyState);
    }
  }

  async #request<N extends QueryName>(name: N, request: QueryRequest<N>): Promise<QueryAnswer<N>> {
    const timeoutMs = (request.waitMs ?? this.#waitMs) + ANSWER_MS;
    const keeper = keeperOf(request.params);
    if (keeper !== undefined) {
      // Only the projector that answered the first page has the list's rows. If that projector is gone, another one
      // answers anew.
      try {
        return (await this.#bus.request(querySubject(name, keeper), request, { timeoutMs })) as QueryAnswer<N>;
      } catch (error) {
        if (!(error instanceof FleetError) || !AWAY.has(error.code)) throw error;
      }
    }
    try {
      return (await this.#bus.request(querySubject(name), request, { timeoutMs })) as QueryAnswer<N>;
    } catch (error) {
      if (!(error instanceof FleetError) || error.code !== "unavailable") throw error;
      throw new FleetError("view-unavailable", "no projector answers", {
        advice: "Check that a projector runs and has finished building its views; then try again.",
        retryAfterMs: 1_000,
        cause: error,
      });
    }
  }
}
