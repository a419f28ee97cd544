/** Smaller differences between the two clocks are no steps of the system's clock. */
const STEP_MS = 1_000;

let offset = Date.now() - performance.now();
let shift = offset;

/**
 * Milliseconds since about 1970, for measuring durations: never goes back when the system's clock is set back. It does go
 * forward with the system's clock, because the monotonic clock stands still while the machine is suspended.
 */
export function steadyTime(): number {
  const elapsed = performance.now();
  const now = Date.now() - elapsed;
  if (Math.abs(now - offset) > STEP_MS) {
    if (now > offset) shift += now - offset;
    offset = now;
  }
  return shift + elapsed;
}
