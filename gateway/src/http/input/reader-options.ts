import type { QueryOptions } from "@fleetlog/fleet";

/** Query options for reads: a slightly old answer is better than a late answer or none. */
export const READER = { whenBehind: "newest", whenAway: "wait" } as const satisfies QueryOptions;

/**
 * Options for an answer that includes the event `atLeast`, or, if the views are too far behind, the newest one they
 * have.
 */
export function readerOptions(atLeast: number): QueryOptions {
  return { atLeast, ...READER };
}
