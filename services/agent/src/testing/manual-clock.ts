import type { Clock } from "../clock.ts";

/** A clock that advances only by `advance`, which calls the timers that become due in order. */
export class ManualClock implements Clock {
  #now: number;
  #jumped = 0;
  #timers: { at: number; call: () => void }[] = [];

  constructor(start = Date.UTC(2026, 0, 1)) {
    this.#now = start;
  }

  now(): number {
    return this.#now + this.#jumped;
  }

  elapsed(): number {
    return this.#now;
  }

  /** Changes the time of day without any time passing, as when somebody sets the clock. */
  jump(milliseconds: number): void {
    this.#jumped += milliseconds;
  }

  after(milliseconds: number, call: () => void): () => void {
    const timer = { at: this.#now + milliseconds, call };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Milliseconds until the next timer; undefined if there is none. */
  get untilNext(): number | undefined {
    return this.#timers.length === 0 ? undefined : Math.min(...this.#timers.map(({ at }) => at)) - this.#now;
  }

  /** Lets time pass, and lets promises settle after each timer and at the end. */
  async advance(milliseconds: number): Promise<void> {
    await settled();
    const end = this.#now + milliseconds;
    for (;;) {
      const next = this.#timers.toSorted((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > end) break;
      this.#now = Math.max(this.#now, next.at);
      this.#timers = this.#timers.filter((timer) => timer !== next);
      next.call();
      await settled();
    }
    this.#now = end;
    await settled();
  }
}

/** Resolves when promises that are about to settle have done so. */
export async function settled(): Promise<void> {
  for (let round = 0; round < 3; round++) await new Promise((resolve) => setImmediate(resolve));
}
