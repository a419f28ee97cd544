import type { QueryOptions } from "@fleetlog/fleet";

/**
 * For people and programs that read: an answer that includes `atLeast` or, where the views are further behind, the newest
 * that there is. A slightly old answer is worth more to them than none, and than a late one.
 */
export function newestSince(atLeast: number): QueryOptions {
  return { atLeast, whenBehind: "newest", whenAway: "wait" };
}
