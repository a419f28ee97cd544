import { setTimeout } from "node:timers/promises";
import { Backoff } from "@fleetlog/runtime";

/** The pauses have jitter, because an outage makes all sessions retry. */
const PAUSES = { firstMs: 500, longestMs: 10_000, jitter: "half" } as const;

/**
 * Repeats the work with back-off until it succeeds or `isOver` returns true. Never rejects.
 * @param failed called after each failure, with the pause before the next attempt
 */
export async function persist(
  work: () => Promise<void>,
  isOver: () => boolean,
  failed: (error: unknown, waitMs: number) => void,
): Promise<void> {
  const backoff = new Backoff(PAUSES);
  while (!isOver()) {
    try {
      await work();
      return;
    } catch (error) {
      if (isOver()) return;
      const waitMs = backoff.failed();
      failed(error, waitMs);
      await setTimeout(waitMs, undefined, { ref: false });
    }
  }
}
