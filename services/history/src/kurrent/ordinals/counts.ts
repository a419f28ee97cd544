import { newSeed, type Seed } from "@fleetlog/log";

const SMALLEST = 1_024;

/** Counts by name, in 12 bytes for each place of an open hash table. A name is kept as 64 bits of hash. */
export class Counts {
  readonly seed: Seed;
  #size: number;
  /** Two halves of the hash and the count. A count of 0 is a free place. */
  #table: Uint32Array;
  #first = 0;
  #second = 0;

  constructor(saved?: { readonly seed: Seed; readonly table: Uint32Array }) {
    this.seed = saved?.seed ?? newSeed();
    this.#table = saved?.table ?? new Uint32Array(3 * SMALLEST);
    this.#size = 0;
    for (let at = 2; at < this.#table.length; at += 3) if (this.#table[at] !== 0) this.#size++;
  }

  get table(): Uint32Array {
    return this.#table;
  }

  /** Counts one more. @returns the count before */
  next(name: string): number {
    this.#hash(name);
    const at = placeIn(this.#table, this.#first, this.#second);
    const before = this.#table[at + 2] ?? 0;
    this.#table[at] = this.#first;
    this.#table[at + 1] = this.#second;
    this.#table[at + 2] = before + 1;
    if (before === 0 && ++this.#size * 9 > 2 * this.#table.length) this.#grow();
    return before;
  }

  #grow(): void {
    const larger = new Uint32Array(2 * this.#table.length);
    for (let at = 0; at < this.#table.length; at += 3) {
      const [first = 0, second = 0, count = 0] = this.#table.subarray(at, at + 3);
      if (count === 0) continue;
      const to = placeIn(larger, first, second);
      larger[to] = first;
      larger[to + 1] = second;
      larger[to + 2] = count;
    }
    this.#table = larger;
  }

  #hash(name: string): void {
    let [a, b] = this.seed;
    for (let i = 0; i < name.length; i++) {
      const char = name.charCodeAt(i);
      a = Math.imul(a ^ char, 2_654_435_761);
      a ^= a >>> 15;
      b = Math.imul(b ^ char, 1_597_334_677);
      b ^= b >>> 13;
    }
    this.#first = (Math.imul(a ^ (a >>> 16), 2_246_822_507) ^ Math.imul(b ^ (b >>> 13), 3_266_489_909)) >>> 0;
    this.#second = (Math.imul(b ^ (b >>> 16), 2_246_822_507) ^ Math.imul(a ^ (a >>> 13), 3_266_489_909)) >>> 0;
  }
}

function placeIn(table: Uint32Array, first: number, second: number): number {
  const places = table.length / 3;
  for (let place = first & (places - 1); ; place = (place + 1) & (places - 1)) {
    const at = 3 * place;
    if (table[at + 2] === 0 || (table[at] === first && table[at + 1] === second)) return at;
  }
}
