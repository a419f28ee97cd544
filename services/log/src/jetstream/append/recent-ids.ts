const GENERATION = 4_096;

/**
 * Sequences of the newest appended events, by id. A repeated event is recognised here, because in a batch the server
 * would refuse all events for one duplicate. Keeps the newest ids: at least `generation`, at most twice as many.
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

  clear(): void {
    this.#young = new Map();
    this.#old = new Map();
  }
}
