import type { Scope } from "@fleetlog/domain";
import type { Queries, QueryName } from "./views/index.ts";

export interface QueryRequest<N extends QueryName = QueryName> {
  readonly params: Queries[N]["params"];
  /** Restricts the answer to this scope; default: no restriction. */
  readonly scope?: Scope;
  /** The answer must include the view's own stream up to this sequence: FLEET for most views. */
  readonly atLeast?: number;
  /** How long to wait for `atLeast`; then FleetError `view-behind`. Default 2,000, at most 10,000. */
  readonly waitMs?: number;
}

export interface QueryAnswer<N extends QueryName = QueryName> {
  readonly result: Queries[N]["result"];
  /** The sequence of the view's stream up to which it is built. */
  readonly seq: number;
}

/** The bus subject of a query; projectors subscribe to it in queue group {@link QUERY_QUEUE}. */
export function querySubject(name: string): string {
  return `query.${name}`;
}
export const QUERY_QUEUE = "projectors";
