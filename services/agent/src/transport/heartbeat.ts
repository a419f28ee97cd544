import type { Clock } from "../clock.ts";

export interface Beating {
  ping(): void;
  giveUp(): void;
  /** Registers what is to be called whenever anything comes from the other side. */
  heard(listener: () => void): void;
}

/**
 * Asks after each silence of `intervalMs`, gives up after a second one. A connection whose other side went away without
 * a word is otherwise open for ever. Returns how to stop it.
 */
export function heartbeat(clock: Clock, intervalMs: number, { ping, giveUp, heard }: Beating): () => void {
  let last = clock.elapsed();
  let asked = false;
  let stopTimer = clock.after(intervalMs, tick);
  heard(() => {
    last = clock.elapsed();
    asked = false;
  });

  function tick(): void {
    const silent = clock.elapsed() - last;
    if (silent < intervalMs && !asked) {
      stopTimer = clock.after(intervalMs - silent, tick);
      return;
    }
    if (asked) {
      giveUp();
      return;
    }
    asked = true;
    ping();
    stopTimer = clock.after(intervalMs, tick);
  }

  return () => stopTimer();
}
