import type { ErrorCode, FleetErrorDetails, Scope } from "@fleetlog/domain";

/** A query for a thread. */
export interface ThreadQuery {
  readonly query: string;
  readonly params: unknown;
  readonly scope: Scope | undefined;
  readonly answerBytes: number | undefined;
  readonly path: string;
  readonly counts: KnownCounts;
}

/** For each column with a complete facet: how many rows have each value. Valid while the rows are at `seq`. */
export interface KnownCounts {
  readonly seq: number;
  /** By `<projection>.<column>`, then by the column's value. */
  readonly counts: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

export type ThreadAnswer =
  | { readonly answer: { readonly result: unknown; readonly seq: number } }
  | { readonly refusal: { readonly code: ErrorCode; readonly message: string; readonly details: FleetErrorDetails } }
  | { readonly failure: string; readonly damaged: boolean };

/** Start parameters of a thread. */
export interface ThreadData {
  readonly prefix: string;
}
