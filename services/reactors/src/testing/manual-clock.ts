import { setImmediate as nextTurn } from "node:timers/promises";
import type { Clock } from "../clock.ts";

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

export interface ManualClock extends Clock {
  /** Advances from one sleeper to the next, and each time waits for all work that needs no time. */
  advance(ms: number): Promise<void>;
  settle(): Promise<void>;
}

export function manualClock(start = Date.parse("2030-01-01T00:00:00Z")): ManualClock {
  let now = start;
  let sleepers: Sleeper[] = [];

  async function settle(): Promise<void> {
    // Memory adapters answer in microtasks, but a chain of calls takes several turns.
    for (let turn = 0; turn < 20; turn++) await nextTurn();
  }

  return {
    now: () => now,
    elapsed: () => now - start,
    sleep(ms, signal) {
      if (signal.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        const wake = () => {
          sleepers = sleepers.filter((other) => other !== sleeper);
          signal.removeEventListener("abort", wake);
          resolve();
        };
        const sleeper = { at: now + Math.max(0, ms), wake };
        sleepers.push(sleeper);
        signal.addEventListener("abort", wake, { once: true });
      });
    },
    async advance(ms) {
      const end = now + ms;
      for (;;) {
        await settle();
        const due = sleepers.map(({ at }) => at).filter((at) => at <= end);
        if (due.length === 0) break;
        now = Math.max(now, Math.min(...due));
        for (const sleeper of sleepers.filter(({ at }) => at <= now)) sleeper.wake();
      }
      now = end;
    },
    settle,
  };
}
