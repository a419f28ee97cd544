import { describe, expect, it } from "vitest";
import { shortMemory } from "./short-memory.ts";

function remembering(atMost = 2) {
  const searches: string[] = [];
  const clock = { now: 0 };
  const memory = shortMemory<string>({ forMs: 10, atMost, now: () => clock.now });
  const recall = (key: string, value: string | undefined = key) =>
    memory.recall(key, async () => {
      searches.push(key);
      return value;
    });
  return { memory, recall, searches, clock };
}

describe("shortMemory", () => {
  it("searches once for many who ask at the same moment, and again when the time is over", async () => {
    const { recall, searches, clock } = remembering();
    expect(await Promise.all([recall("a"), recall("a"), recall("a")])).toEqual(["a", "a", "a"]);
    expect(searches).toEqual(["a"]);
    clock.now = 10;
    await recall("a");
    expect(searches).toEqual(["a", "a"]);
  });

  it("forgets the oldest when it is full", async () => {
    const { recall, searches } = remembering(2);
    for (const key of ["a", "b", "c", "c", "b", "a"]) await recall(key);
    expect(searches).toEqual(["a", "b", "c", "a"]);
  });

  it("remembers neither failures nor that there was nothing", async () => {
    const { memory, recall, searches } = remembering();
    await memory.recall("a", async () => undefined);
    await expect(memory.recall("a", () => Promise.reject(new Error("away")))).rejects.toThrow("away");
    expect(await recall("a")).toBe("a");
    expect(searches).toEqual(["a"]);
  });
});
