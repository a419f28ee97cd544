import type { QueryOptions } from "@fleetlog/fleet";

/** Query options for reads: a slightly old answer is better for readers than a late one or none. */
export const READER = { whenBehind: "newest", whenAway: "wait" } as const satisfies QueryOptions;

/** The answer includes `atLeast`, or is the newest available if the views are too far behind. */
export function readerOptions(atLeast: number): QueryOptions {
  return { atLeast, ...READER };
}
