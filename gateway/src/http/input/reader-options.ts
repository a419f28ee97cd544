import type { QueryOptions } from "@fleetlog/fleet";

/**
 * Query options for reads: the answer includes `atLeast`, or is the newest available if the views are too far behind. A
 * slightly old answer is better for readers than a late one or none.
 */
export function readerOptions(atLeast: number): QueryOptions {
  return { atLeast, whenBehind: "newest", whenAway: "wait" };
}
