/** The time, and calls after a delay. Tests pass a fake clock. */
export interface Clock {
  /** Wall-clock time in milliseconds since 1970, for messages and records. It may jump. */
  now(): number;
  /** Monotonic time in milliseconds, for measuring durations. */
  elapsed(): number;
  /** Returns a function that cancels the call. */
  after(milliseconds: number, call: () => void): () => void;
  /** Also resolves when the signal is aborted. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

/** Longest delay of a timer in Node and browsers. A longer delay fires at once. */
const LONGEST_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after(milliseconds, call) {
    const timer = setTimeout(call, Math.min(milliseconds, LONGEST_MS));
    return () => clearTimeout(timer);
  },
  async sleep(milliseconds, signal) {
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const wake = () => {
        cancel();
        signal.removeEventListener("abort", wake);
        resolve();
      };
      const cancel = systemClock.after(milliseconds, wake);
      signal.addEventListener("abort", wake);
    });
  },
};
