/**
 * A cache of recently used values, bounded by their total weight. When the young generation is full, it replaces the
 * old generation, whose unused values are dropped.
 */
export class GenerationCache<T> {
  readonly #limit: number;
  #young = new Map<string, { readonly value: T; readonly weight: number }>();
  #old = new Map<string, { readonly value: T; readonly weight: number }>();
  #weight = 0;

  /** @param limit total weight; one heavier value is kept too */
  constructor(limit: number) {
    this.#limit = limit / 2;
  }

  get(key: string): T | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young.value;
    const old = this.#old.get(key);
    if (old === undefined) return undefined;
    this.put(key, old.value, old.weight);
    return old.value;
  }

  put(key: string, value: T, weight: number): void {
    if (this.#weight + weight > this.#limit) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#weight = 0;
    }
    const before = this.#young.get(key);
    if (before !== undefined) this.#weight -= before.weight;
    this.#young.set(key, { value, weight });
    this.#weight += weight;
  }

  delete(key: string): void {
    const before = this.#young.get(key);
    if (before !== undefined) this.#weight -= before.weight;
    this.#young.delete(key);
    this.#old.delete(key);
  }
}
