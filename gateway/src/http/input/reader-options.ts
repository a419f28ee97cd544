import type { QueryOptions } from "@fleetlog/fleet";

/** Query options for reads: a slightly old answer is better than a late answer or none. */
export const READER = { whenBehind: "newest", whenAway: "wait" } as const satisfies QueryOptions;

/**
 * Query options for an answer that includes the event with the sequence `atLeast`. If the views are too far behind, the
 * answer is the newest that they can give.
 */
export function readerOptions(atLeast: number): QueryOptions {
  return { atLeast, ...READER };
}
