/** A deterministic source of numbers: the same seed, the same life. */
export interface Random {
  /** From 0 to below 1. */
  next(): number;
  /** From `from` to below `to`. */
  between(from: number, to: number): number;
  /** A whole number from 0 to below `below`. */
  integer(below: number): number;
  chance(probability: number): boolean;
  /** One of them; earlier ones more often than later ones, as of a fleet's versions. */
  mostly<T>(items: readonly [T, ...T[]]): T;
  /** Normally distributed around 0 with standard deviation 1. */
  normal(): number;
}

/** Mulberry32: 32 bits of state, which is plenty for a simulated device and nothing for a secret. */
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
    // Box and Muller; 1 - next() is never 0, whose logarithm is not finite.
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
  };
}

/** A seed out of a text: FNV-1a, 32 bits. */
export function seedOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}
