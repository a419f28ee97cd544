const GENERATION = 4_096;

/**
 * Sequences of events that were acknowledged recently, by id. With these, an event that a device sends again is answered here,
 * instead of making the server refuse a whole batch. Holds between one and two generations of ids.
 */
export class RecentIds {
  readonly #generation: number;
  #young = new Map<string, number>();
  #old: ReadonlyMap<string, number> = new Map();

  constructor(generation = GENERATION) {
    this.#generation = generation;
  }

  seqOf(id: string): number | undefined {
    return this.#young.get(id) ?? this.#old.get(id);
  }

  add(id: string, seq: number): void {
    if (this.#young.size >= this.#generation) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(id, seq);
  }

  /** Call when the log may be another one. */
  clear(): void {
    this.#young = new Map();
    this.#old = new Map();
  }
}
