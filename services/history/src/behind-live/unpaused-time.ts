import { pacer } from "./pacer.ts";

/** The wait with all its pauses lasts at most this many times its milliseconds. */
const MOST_TIMES = 5;

/**
 * Calls `then` once, after some milliseconds in which analysts' processes were not paused, but after five times the
 * milliseconds at the latest.
 *
 * @param pausedMs milliseconds of all pauses up to now
 * @returns a function that ends the wait
 */
export function afterUnpausedTime(
  ms: number,
  then: () => void,
  pausedMs: () => number = () => pacer.pausedMs,
): () => void {
  const begun = performance.now();
  const pausedBefore = pausedMs();
  const look = () => {
    const passed = performance.now() - begun;
    const rest = Math.min(ms - passed + (pausedMs() - pausedBefore), ms * MOST_TIMES - passed);
    if (rest <= 0) then();
    else timer = setTimeout(look, Math.ceil(rest));
  };
  let timer = setTimeout(look, ms);
  return () => clearTimeout(timer);
}
