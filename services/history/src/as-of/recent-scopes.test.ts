import type { ReaderScope } from "@fleetlog/projections/folding";
import { expect, it } from "vitest";
import { RecentScopes } from "./recent-scopes.ts";

/** Counts how often each scope was looked up. */
function lookUps(recent: RecentScopes) {
  const counts: Record<string, number> = {};
  const of = (key: string, devices: number): Promise<ReaderScope> =>
    recent.of(key, async () => {
      counts[key] = (counts[key] ?? 0) + 1;
      return { listed: { projection: "registry", keys: Array.from({ length: devices }, (_, i) => `${key}${i}`) } };
    });
  return { counts, of };
}

it("the cache keeps the scopes that were asked last, up to a number of devices", async () => {
  const { counts, of } = lookUps(new RecentScopes(20));
  await of("a", 8);
  await of("b", 8);
  expect((await of("a", 8)).listed?.keys).toHaveLength(8);
  await of("c", 8);
  await of("a", 8);
  expect(counts).toEqual({ a: 1, b: 1, c: 1 });
  await of("b", 8);
  expect(counts).toEqual({ a: 1, b: 2, c: 1 });
});

it("the cache keeps a scope only once if two callers ask for it at the same time, and none that is too large", async () => {
  const { counts, of } = lookUps(new RecentScopes(20));
  await Promise.all([of("a", 8), of("a", 8)]);
  await of("b", 8);
  await of("a", 8);
  expect(counts).toEqual({ a: 2, b: 1 });
  await of("large", 30);
  await of("large", 30);
  expect(counts).toMatchObject({ large: 2 });
});

it("the cache keeps nothing of a failed look-up", async () => {
  const recent = new RecentScopes();
  await expect(recent.of("a", () => Promise.reject(new Error("away")))).rejects.toThrow("away");
  const { counts, of } = lookUps(recent);
  await of("a", 1);
  expect(counts).toEqual({ a: 1 });
});
