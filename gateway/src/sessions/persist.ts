import { setTimeout } from "node:timers/promises";

const FIRST_MS = 500;
const LONGEST_MS = 10_000;

/**
 * Does the work, again and again with growing pauses while it fails, until it is done or nobody has use for it any more.
 * Never rejects. @param failed told of each failure, and how long the pause after it is
 */
export async function persist(
  work: () => Promise<void>,
  isOver: () => boolean,
  failed: (error: unknown, waitMs: number) => void,
): Promise<void> {
  for (let longest = FIRST_MS; !isOver(); longest = Math.min(2 * longest, LONGEST_MS)) {
    try {
      await work();
      return;
    } catch (error) {
      if (isOver()) return;
      // Each at another moment: whatever is away is away for all sessions at once.
      const waitMs = Math.round(longest * (0.5 + Math.random() / 2));
      failed(error, waitMs);
      await setTimeout(waitMs, undefined, { ref: false });
    }
  }
}
