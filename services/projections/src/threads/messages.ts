import type { ErrorCode, FleetErrorDetails, Scope } from "@fleetlog/domain";

/** A thread that answers long queries. `search`: those that check every row; `list`: the others. */
export type Lane = "list" | "search";
/** Which thread answers a query; undefined: it is short, and the projector's own thread answers it. */
export type LaneOf<Params> = (params: Params, scope: Scope | undefined) => Lane | undefined;

/** A query for a thread. */
export interface ThreadQuery {
  readonly query: string;
  readonly params: unknown;
  readonly scope: Scope | undefined;
  readonly answerBytes: number | undefined;
  /** The file of FLEET's rows. */
  readonly path: string;
  readonly counts: KnownCounts;
}

/**
 * Counts that the projector has in memory: of the projections' complete facets, by `<projection>.<column>`. They hold
 * for the rows at this sequence.
 */
export interface KnownCounts {
  readonly seq: number;
  readonly counts: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

export type ThreadAnswer =
  | { readonly answer: { readonly result: unknown; readonly seq: number } }
  /** The FleetError that the query threw. */
  | { readonly refusal: { readonly code: ErrorCode; readonly message: string; readonly details: FleetErrorDetails } }
  /** The query failed unexpectedly; `damaged`: because of the file. */
  | { readonly failure: string; readonly damaged: boolean };

/** What a thread is started with. */
export interface ThreadData {
  /** Begins the names of the states that the thread keeps. */
  readonly prefix: string;
}
