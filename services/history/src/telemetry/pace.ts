import { setTimeout as sleep } from "node:timers/promises";

/** Limits how many bytes a second a task reads. */
export class Pace {
  readonly #bytesPerMs: number;
  #free = 0;

  constructor(bytesPerSecond: number) {
    this.#bytesPerMs = bytesPerSecond / 1_000;
  }

  /** Resolves when the next bytes may be read; rejects when the signal aborts. */
  async after(bytes: number, signal?: AbortSignal): Promise<void> {
    const now = performance.now();
    this.#free = Math.max(this.#free, now) + bytes / this.#bytesPerMs;
    await sleep(this.#free - now, undefined, { signal });
  }
}
