import { setTimeout } from "node:timers/promises";
import { Backoff } from "@fleetlog/runtime";

/** With jitter: whatever is away is away for all sessions at once. */
const PAUSES = { firstMs: 500, longestMs: 10_000, jitter: "half" } as const;

/**
 * Does the work, and repeats it with growing pauses while it fails, until it is done or `isOver`. Never rejects.
 * @param failed called with each failure, and with the length of the pause after it
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
