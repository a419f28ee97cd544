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
  /** Restricts the answer to devices within this scope (`scopeOf` of @fleetlog/identity); default: no restriction. */
  readonly scope?: Scope;
  /** The answer must include the view's own stream up to this sequence, so that callers read their own writes. */
  readonly atLeast?: number;
  /** How long a projector may take to reach `atLeast`, in milliseconds. */
  readonly waitMs?: number;
  /**
   * When no projector reaches `atLeast` in time: fail with `view-behind` (the default), or answer from the newest
   * state available, because people prefer a slightly old answer to none.
   */
  readonly whenBehind?: "fail" | "newest";
  /**
   * When no projector answers: fail with `view-unavailable` (the default), or wait a few seconds for one to come back.
   */
  readonly whenAway?: "fail" | "wait";
}

export interface ViewsOptions {
  /** `waitMs` of queries that name none; default 2,000. */
  readonly waitMs?: number;
  /** How long and how many queries wait for a projector to come back. */
  readonly retry?: RetryLimits;
}

/** Time for the answer to arrive, in addition to the time that the projector may wait for `atLeast`. */
const ANSWER_MS = 3_000;

/** Codes of a projector that can't answer now. */
const AWAY: ReadonlySet<string> = new Set(["unavailable", "view-unavailable"]);

/** Client for queries, which any projector answers. A process makes only one, because it limits the waiting queries. */
export class Views {
  readonly #bus: Bus;
  readonly #waitMs: number;
  readonly #whileAway: RetryWhileAway;

  constructor(bus: Bus, { waitMs = 2_000, retry = RETRY_LIMITS }: ViewsOptions = {}) {
    this.#bus = bus;
    this.#waitMs = waitMs;
    this.#whileAway = new RetryWhileAway(retry);
  }

  /** @throws FleetError `view-unavailable` if no projector answers, `view-behind` if none reached `atLeast` in time */
  async query<N extends QueryName>(
    name: N,
    params: Queries[N]["params"],
    options: QueryOptions = {},
  ): Promise<Queries[N]["result"]> {
    return (await this.queryWithSeq(name, params, options)).result;
  }

  /** As {@link query}, with the sequence of the view's stream up to which the answering view is built. */
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
      // A later page of a list: the projector that answered the first page keeps its rows. If it is gone, any other answers.
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
