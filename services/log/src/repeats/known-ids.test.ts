import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { KnownIds, newSeed } from "./known-ids.ts";

/** Formats random digits as a UUID: making a random UUID would take longer than checking it. */
function uuidOf(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

describe("KnownIds", () => {
  it("mistakes none of 300,000 ids of three kinds for another one", () => {
    const random = randomBytes(16 * 100_000);
    const known = new KnownIds();
    // Without a list of the ids: collecting and comparing them would take most of the test's time.
    const newIds = () => {
      let count = 0;
      for (let i = 0; i < 100_000; i++) {
        if (known.add(uuidOf(random.toString("hex", i * 16, i * 16 + 16)))) count += 1;
        if (known.add(`device-${i % 50}:boot:${i}`)) count += 1;
        if (known.add(`d${i}:1:1`)) count += 1;
      }
      return count;
    };
    expect(newIds()).toBe(300_000);
    expect(newIds()).toBe(0);
  });

  it("mistakes none of seven short ids for another one", () => {
    const known = new KnownIds(10);
    expect(["", "a", "aa", "aaa", "a\0", "a\uffff", "é"].filter((id) => !known.add(id))).toEqual([]);
  });

  it("hashes an id differently in each process, so that nobody can forge an id that collides with a given one", () => {
    const hashOf = (id: string) => {
      const known = new KnownIds(10, newSeed());
      known.add(id);
      return known.takeAdded()?.join();
    };
    expect(new Set(Array.from({ length: 20 }, () => hashOf("d1:1:1"))).size).toBe(20);
  });

  it("still knows an id after 1, 1,000 or 300,000 others", () => {
    const known = new KnownIds();
    for (let i = 0; i < 250_000; i++) known.add(`before-${i}`);
    const distances = [1, 1_000, 300_000];
    for (const distance of distances) known.add(`at ${distance}`);
    for (let i = 1; i <= 300_000; i++) {
      known.add(`other-${i}`);
      if (distances.includes(i)) expect(known.add(`at ${i}`)).toBe(false);
    }
    expect(known.rotations).toBe(1);
  });

  it("forgets the ids before the last two generations, and keeps one that is repeated", () => {
    const known = new KnownIds(100);
    known.add("once");
    for (let i = 0; i < 1_000; i++) {
      expect(known.add("again")).toBe(i === 0);
      known.add(`other-${i}`);
    }
    expect(known.has("again")).toBe(true);
    expect(known.has("once")).toBe(false);
    expect(known.add("once")).toBe(true);
    expect(known.has("once")).toBe(true);
  });

  it("knows the same ids after it was saved and restored in parts", () => {
    const seed = newSeed();
    const known = new KnownIds(1_000, seed);
    const parts: Uint8Array[] = [];
    for (let i = 0; i < 1_500; i++) {
      known.add(`id-${i}`);
      const added = i % 7 === 0 ? known.takeAdded() : undefined;
      if (added !== undefined) parts.push(added);
    }
    parts.push(known.takeAdded() ?? new Uint8Array());
    expect(known.takeAdded()).toBeUndefined();
    const restored = new KnownIds(1_000, seed);
    for (const part of parts) restored.restore(part);
    expect(restored.takeAdded()).toBeUndefined();
    for (let i = 500; i < 1_500; i++) expect(restored.add(`id-${i}`)).toBe(false);
    expect(restored.add("id-1500")).toBe(true);
  });

  it.each([0, 700, 1_000, 2_700])("knows the same ids after all of %i were saved at once and restored", (count) => {
    const seed = newSeed();
    const known = new KnownIds(1_000, seed);
    for (let i = 0; i < count; i++) known.add(`id-${i}`);
    const restored = new KnownIds(1_000, seed);
    restored.restore(known.takeAll());
    expect(known.takeAdded()).toBeUndefined();
    // Afterwards both also forget the same ids.
    for (let i = 0; i < count + 1_500; i++) expect(restored.add(`id-${i}`), `${i}`).toBe(known.add(`id-${i}`));
  });
});
