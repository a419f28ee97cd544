/** Time as the agent needs it; tests bring one that stands still. */
export interface Clock {
  /** The time of day, in milliseconds since 1970: what is told to others. It jumps when the device is told the time. */
  now(): number;
  /** Milliseconds that only grow: what waiting is measured with. */
  elapsed(): number;
  /** Calls once after that many milliseconds; the function that it returns takes the call back. */
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
