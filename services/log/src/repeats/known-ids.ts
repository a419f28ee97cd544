import { getRandomValues } from "node:crypto";

/**
 * Minimum number of the newest events whose repeats are recognised by default. A generation of this many ids takes 4 MB;
 * two generations are in memory.
 */
export const REPEATS_WITHIN = 327_680;
const SMALLEST = 64;
const SMALLEST_TABLE = 1_024;

/** Hashes of 64 bits in an open-addressing table of 2^n places, at most two thirds full. */
interface Table {
  /** The first 32 bits of each hash; 0: the place is free. */
  readonly firsts: Uint32Array;
  /** The other 32 bits. In an array of their own, so that most searches read half as much memory. */
  readonly seconds: Uint32Array;
}

/**
 * The start values of the hashes. They are random, so that nobody can choose an id with the hash of somebody else's id.
 */
export type Seed = readonly [number, number];

export function newSeed(): Seed {
  const [first = 0, second = 0] = getRandomValues(new Uint32Array(2));
  return [first, second];
}

/**
 * The ids of the newest events: at least one generation of them, at most two. Only a 64-bit hash of each id is kept, so
 * about one new id in 10^13 is taken for a known one.
 */
export class KnownIds {
  readonly #generation: number;
  readonly #isSaved: boolean;
  readonly #seedA: number;
  readonly #seedB: number;
  #young: Table;
  #old: Table;
  #first = 0;
  #second = 0;
  #size = 0;
  #added = new Uint32Array(SMALLEST);
  #addedLength = 0;
  #rotations = 0;

  /** @param savedSeed if given, what is added is collected for {@link takeAdded}, to be restored with the same seed */
  constructor(generation = REPEATS_WITHIN, savedSeed?: Seed) {
    this.#generation = generation;
    this.#isSaved = savedSeed !== undefined;
    [this.#seedA, this.#seedB] = savedSeed ?? newSeed();
    const places = Math.min(SMALLEST_TABLE, 2 ** Math.ceil(Math.log2(generation * 1.5)));
    this.#young = emptyTable(places);
    this.#old = emptyTable(places);
  }

  /** How often the older generation was forgotten. */
  get rotations(): number {
    return this.#rotations;
  }

  /** The number of ids that {@link takeAdded} would return. */
  get added(): number {
    return this.#addedLength / 2;
  }

  /** Notes an id. Returns false if it was known already. */
  add(id: string): boolean {
    this.#hash(id);
    const first = this.#first;
    const second = this.#second;
    const place = placeIn(this.#young, first, second);
    if (this.#young.firsts[place] !== 0) return false;
    const isNew = this.#old.firsts[placeIn(this.#old, first, second)] === 0;
    this.#put(place, first, second);
    return isNew;
  }

  has(id: string): boolean {
    this.#hash(id);
    return [this.#young, this.#old].some((table) => table.firsts[placeIn(table, this.#first, this.#second)] !== 0);
  }

  /** The hashes added since the last call, for {@link restore}; undefined if there are none. */
  takeAdded(): Uint8Array | undefined {
    const length = this.#addedLength;
    if (length === 0) return undefined;
    const taken = this.#added.slice(0, length);
    this.#addedLength = 0;
    if (length < this.#added.length / 8) this.#added = new Uint32Array(Math.max(SMALLEST, this.#added.length / 4));
    return new Uint8Array(taken.buffer);
  }

  /** All hashes, for {@link restore} of new ids with the same seed and generation; also takes what {@link takeAdded} has. */
  takeAll(): Uint8Array {
    this.#addedLength = 0;
    const older = this.#rotations === 0 ? 0 : this.#generation;
    const hashes = new Uint32Array(2 * (older + this.#size));
    let at = 0;
    // The older hashes come first, so that they become a whole generation again when they are restored.
    for (const { firsts, seconds } of [this.#old, this.#young]) {
      for (const [i, first] of firsts.entries()) {
        if (first === 0) continue;
        hashes[at++] = first;
        hashes[at++] = seconds[i] ?? 0;
      }
    }
    return new Uint8Array(hashes.buffer);
  }

  /** Adds what {@link takeAdded} or {@link takeAll} has returned; to be called in the same order. */
  restore(added: Uint8Array): void {
    const halves = new Uint32Array(added.slice().buffer);
    for (let i = 0; i + 1 < halves.length; i += 2) {
      const [first = 0, second = 0] = [halves[i], halves[i + 1]];
      const place = placeIn(this.#young, first, second);
      if (first !== 0 && this.#young.firsts[place] === 0) this.#put(place, first, second);
    }
    this.#addedLength = 0;
  }

  /** Sets both halves of the hash, without a new object for each event. */
  #hash(id: string): void {
    let a = this.#seedA;
    let b = this.#seedB ^ id.length;
    const { length } = id;
    for (let i = 0; i < length; i += 2) {
      const two = id.charCodeAt(i) | ((i + 1 < length ? id.charCodeAt(i + 1) : 0xffff) << 16);
      a = Math.imul(a ^ two, 2_654_435_761);
      a ^= a >>> 15;
      b = Math.imul(b ^ two, 1_597_334_677);
      b ^= b >>> 13;
    }
    this.#first = (Math.imul(a ^ (a >>> 16), 2_246_822_507) ^ Math.imul(b ^ (b >>> 13), 3_266_489_909)) >>> 0 || 1;
    this.#second = (Math.imul(b ^ (b >>> 16), 2_246_822_507) ^ Math.imul(a ^ (a >>> 13), 3_266_489_909)) >>> 0;
  }

  #put(place: number, first: number, second: number): void {
    this.#young.firsts[place] = first;
    this.#young.seconds[place] = second;
    if (this.#isSaved) this.#noteAdded(first, second);
    this.#size += 1;
    if (this.#size < this.#generation) {
      if (this.#size * 1.5 > this.#young.firsts.length) this.#young = twiceAsLarge(this.#young);
      return;
    }
    const forgotten = this.#old;
    forgotten.firsts.fill(0);
    this.#old = this.#young;
    this.#young = forgotten;
    this.#size = 0;
    this.#rotations += 1;
  }

  #noteAdded(first: number, second: number): void {
    if (this.#addedLength === this.#added.length) {
      const larger = new Uint32Array(this.#added.length * 2);
      larger.set(this.#added);
      this.#added = larger;
    }
    this.#added[this.#addedLength++] = first;
    this.#added[this.#addedLength++] = second;
  }
}

function emptyTable(places: number): Table {
  return { firsts: new Uint32Array(places), seconds: new Uint32Array(places) };
}

/** Where the id is, or the free place where it belongs. */
function placeIn({ firsts, seconds }: Table, first: number, second: number): number {
  const mask = firsts.length - 1;
  let place = first & mask;
  for (let found = firsts[place]; found !== 0; found = firsts[place]) {
    if (found === first && seconds[place] === second) break;
    place = (place + 1) & mask;
  }
  return place;
}

function twiceAsLarge(table: Table): Table {
  const larger = emptyTable(table.firsts.length * 2);
  for (const [i, first] of table.firsts.entries()) {
    if (first === 0) continue;
    const second = table.seconds[i] ?? 0;
    const place = placeIn(larger, first, second);
    larger.firsts[place] = first;
    larger.seconds[place] = second;
  }
  return larger;
}
