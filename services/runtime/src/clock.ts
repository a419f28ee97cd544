/** Time as a process needs it; each package asks for the part that it uses, and its tests bring one that stands still. */
export interface Clock {
  /** The time of day, in milliseconds since 1970: what is told to others. It may jump. */
  now(): number;
  /** Milliseconds that only grow: what waiting is measured with. */
  elapsed(): number;
  /** Calls once after that many milliseconds; the function that it returns takes the call back. */
  after(milliseconds: number, call: () => void): () => void;
  /** Resolves after that many milliseconds, or as soon as the signal is aborted. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

/** The longest that a timer takes; a longer one would end at once. */
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
