import type { QueryOptions } from "@fleetlog/fleet";

/** Options for reads, for which a slightly old answer is better than a late one or none. */
export const READER = { whenBehind: "newest", whenAway: "wait" } as const satisfies QueryOptions;

/**
 * Options for an answer that includes the event `atLeast`. If the views are too far behind, the answer has their newest
 * state.
 */
export function readerOptions(atLeast: number): QueryOptions {
  return { atLeast, ...READER };
}
