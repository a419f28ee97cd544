/** Deterministic: the same seed gives the same sequence. */
export interface Random {
  /** A number in [0, 1). */
  next(): number;
  /** A number in [from, to). */
  between(from: number, to: number): number;
  /** An integer in [0, below). */
  integer(below: number): number;
  chance(probability: number): boolean;
  /** One of the items, earlier items more often than later items. */
  mostly<T>(items: readonly [T, ...T[]]): T;
  /** Normal distribution around 0 with standard deviation 1. */
  normal(): number;
}

/** Mulberry32, with 32 bits of state: for simulations, not for secrets. */
export function random(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    between: (from, to) => from + next() * (to - from),
    integer: (below) => Math.floor(next() * below),
    chance: (probability) => next() < probability,
    mostly: (items) => items.find(() => next() < 0.6) ?? items[0],
    // Box-Muller transform. 1 - next() is never 0: the logarithm is finite.
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
  };
}

/** A seed from a text: FNV-1a, 32 bits. */
export function seedOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}
