/** Time and timers of the agent; tests replace it by a manual one. */
export interface Clock {
  /** The time of day, in milliseconds since 1970. It jumps when somebody sets the device's clock. */
  now(): number;
  /** Monotonic milliseconds, for measuring durations. */
  elapsed(): number;
  /** Calls back once after that many milliseconds; returns a function that cancels it. */
  after(milliseconds: number, call: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after(milliseconds, call) {
    const timer = setTimeout(call, milliseconds);
    return () => clearTimeout(timer);
  },
};
