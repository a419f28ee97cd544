export { altered, fuzzMessages, fuzzSeed, heapGrowth, MOST_GROWTH } from "./fuzz.ts";
export { mutated, type Random, randomBytes, seeded } from "./random.ts";
