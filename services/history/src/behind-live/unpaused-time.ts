import { pacer } from "./pacer.ts";

/** The wait with all its pauses lasts at most this many times its milliseconds. */
const MOST_TIMES = 5;

/** After its milliseconds by the clock, a wait gives way to others that have waited for this part of its milliseconds. */
const PATIENCE = 0.5;
/** Milliseconds between two looks after the milliseconds have passed by the clock. */
const LOOK_MS = 200;

export interface UnpausedTimeOptions {
  /** Milliseconds of all pauses up to now. */
  readonly pausedMs?: () => number;
  /** For how many milliseconds another has waited until this wait ends; undefined while nobody does. */
  readonly othersWaitMs?: () => number | undefined;
}

/**
 * Calls `then` once, after some milliseconds in which analysts' processes were not paused, but after five times the
 * milliseconds at the latest. If another waits until this wait ends, `then` is called when the milliseconds have passed by the clock and
 * the other has waited for half of them.
 *
 * @returns a function that ends the wait
 */
export function afterUnpausedTime(
  ms: number,
  then: () => void,
  { pausedMs = () => pacer.pausedMs, othersWaitMs = () => undefined }: UnpausedTimeOptions = {},
): () => void {
  const begun = performance.now();
  const pausedBefore = pausedMs();
  const look = () => {
    const passed = performance.now() - begun;
    const rest = Math.min(ms - passed + (pausedMs() - pausedBefore), ms * MOST_TIMES - passed);
    const patience = ms * PATIENCE - (othersWaitMs() ?? 0);
    if (rest <= 0 || (passed >= ms && patience <= 0)) then();
    else timer = setTimeout(look, Math.min(Math.ceil(rest), LOOK_MS));
  };
  let timer = setTimeout(look, ms);
  return () => clearTimeout(timer);
}
