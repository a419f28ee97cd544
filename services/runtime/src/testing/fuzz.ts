import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Random } from "./random.ts";

/** Bytes by which the heap may grow while a reader reads any number of messages. */
export const MOST_GROWTH = 20 * 1_024 * 1_024;

/** Values that readers have mistaken for other values, or that can't be converted. */
const ODD: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1e300,
  "",
  "x",
  "\u0000",
  "x".repeat(5_000),
  [],
  {},
  [[[[]]]],
  { toString: 1, valueOf: 1 },
  { length: -1 },
  { constructor: { prototype: {} } },
  JSON.parse('{"__proto__":{"a":1}}'),
];

/** How many messages a fuzz test reads: `FUZZ_MESSAGES`, or as many as the suite has time for. */
export function fuzzMessages(usual: number): number {
  return Number(process.env.FUZZ_MESSAGES ?? usual);
}

/** The seed of a fuzz test's random numbers: `FUZZ_SEED`, or a fixed one. */
export function fuzzSeed(usual: number): number {
  return Number(process.env.FUZZ_SEED ?? usual);
}

/** A copy of JSON in which one to three values are removed, moved or replaced by odd ones. */
export function altered(random: Random, value: unknown): unknown {
  const root = { value: structuredClone(value) };
  for (let changes = 1 + random(3); changes > 0; changes--) {
    const places = placesIn(root);
    const [holder, name] = places[random(places.length)] as Place;
    const odd = structuredClone(ODD[random(ODD.length)]);
    switch (random(4)) {
      case 0:
        if (holder !== root) delete holder[name];
        break;
      case 1:
        holder[`${name}x`] = odd;
        break;
      case 2: {
        const [other, from] = places[random(places.length)] as Place;
        holder[name] = structuredClone(other[from]);
        break;
      }
      default:
        holder[name] = odd;
    }
  }
  return root.value;
}

type Place = readonly [holder: Record<string, unknown>, name: string];

function placesIn(value: object): Place[] {
  return Object.entries(value).flatMap(([name, inner]) => [
    [value as Record<string, unknown>, name] as const,
    ...(typeof inner === "object" && inner !== null ? placesIn(inner) : []),
  ]);
}

/** Bytes by which the heap has grown after `act`, without garbage. */
export async function heapGrowth(act: () => unknown): Promise<number> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  const before = process.memoryUsage().heapUsed;
  await act();
  collect();
  return process.memoryUsage().heapUsed - before;
}
