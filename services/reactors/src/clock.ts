import { setTimeout as delay } from "node:timers/promises";

export interface Clock {
  /** The time of day, in milliseconds since the epoch: what deadlines are compared with. It may jump. */
  now(): number;
  /** Milliseconds that only grow: what waiting is measured with. */
  elapsed(): number;
  /** Resolves after so long, or as soon as the signal is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** The longest that a timer of Node takes. */
const LONGEST_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  async sleep(ms, signal) {
    if (signal.aborted) return;
    await delay(Math.min(Math.max(0, ms), LONGEST_MS), undefined, { signal }).catch(() => {});
  },
};
