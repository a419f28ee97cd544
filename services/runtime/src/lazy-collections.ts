/**
 * Shared by all empty collections: an empty `Set` or `Map` takes 150 to 180 bytes, and a gateway has several for each of
 * many thousand idle devices.
 */

const NOTHING = new Set<never>();
const NOTHING_MAPPED = new Map<never, never>();

export class LazySet<T> {
  #items: Set<T> | undefined;

  get size(): number {
    return this.#items?.size ?? 0;
  }

  has(item: T): boolean {
    return this.#items?.has(item) === true;
  }

  add(item: T): void {
    this.#items ??= new Set();
    this.#items.add(item);
  }

  delete(item: T): boolean {
    const deleted = this.#items?.delete(item) === true;
    if (this.#items?.size === 0) this.#items = undefined;
    return deleted;
  }

  clear(): void {
    this.#items = undefined;
  }

  [Symbol.iterator](): IterableIterator<T> {
    return (this.#items ?? NOTHING).values();
  }
}

export class LazyMap<K, V> {
  #entries: Map<K, V> | undefined;

  get size(): number {
    return this.#entries?.size ?? 0;
  }

  has(key: K): boolean {
    return this.#entries?.has(key) === true;
  }

  get(key: K): V | undefined {
    return this.#entries?.get(key);
  }

  set(key: K, value: V): void {
    this.#entries ??= new Map();
    this.#entries.set(key, value);
  }

  delete(key: K): boolean {
    const deleted = this.#entries?.delete(key) === true;
    if (this.#entries?.size === 0) this.#entries = undefined;
    return deleted;
  }

  clear(): void {
    this.#entries = undefined;
  }

  values(): IterableIterator<V> {
    return (this.#entries ?? NOTHING_MAPPED).values();
  }

  [Symbol.iterator](): IterableIterator<[K, V]> {
    return (this.#entries ?? NOTHING_MAPPED).entries();
  }
}
