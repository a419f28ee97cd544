/** An integer from 0 to below a limit. */
export type Random = (below: number) => number;

/** Random numbers that are the same in every run with the same seed (mulberry32). */
export function seeded(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

export function randomBytes(random: Random, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => random(256)));
}

export function mutated(random: Random, bytes: Buffer): Buffer {
  let changed = Buffer.from(bytes);
  for (let i = 1 + random(3); i > 0; i--) {
    const at = random(changed.length + 1);
    const rest = changed.subarray(Math.min(changed.length, at + 1 + random(4)));
    switch (random(5)) {
      case 0:
        if (at < changed.length) changed[at] = (changed[at] as number) ^ (1 << random(8));
        break;
      case 1:
        if (at < changed.length) changed[at] = random(256);
        break;
      case 2:
        changed = Buffer.concat([changed.subarray(0, at), rest]);
        break;
      case 3:
        changed = Buffer.concat([changed.subarray(0, at), randomBytes(random, 1 + random(4)), changed.subarray(at)]);
        break;
      default:
        changed = Buffer.concat([changed.subarray(0, at), changed.subarray(Math.max(0, at - 8))]);
    }
  }
  return changed;
}
