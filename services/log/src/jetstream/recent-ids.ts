const GENERATION = 4_096;

/**
 * Answers repeated ids here, because the server refuses a whole batch for one duplicate. Keeps one to two generations.
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
