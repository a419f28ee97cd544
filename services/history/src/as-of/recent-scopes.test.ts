import type { ReaderScope } from "@fleetlog/projections/folding";
import { expect, it } from "vitest";
import { RecentScopes } from "./recent-scopes.ts";

/** Each device takes 132 bytes. */
const idOf = (key: string, i: number) => `${key}-${i}`.padEnd(50, "-");
const TWENTY_DEVICES = 20 * 132;
/** Each tag takes 160 bytes. */
const TAGS = Array.from({ length: 64 }, (_, i) => String(i).padEnd(64, "-"));

/** Counts how often each scope was looked up. */
function lookUps(recent: RecentScopes) {
  const counts: Record<string, number> = {};
  const of = (key: string, devices: number, tags?: readonly string[]): Promise<ReaderScope> =>
    recent.of(key, async () => {
      counts[key] = (counts[key] ?? 0) + 1;
      const keys = Array.from({ length: devices }, (_, i) => idOf(key, i));
      return { ...(tags && { tags }), listed: { projection: "registry", keys } };
    });
  return { counts, of };
}

it("the cache keeps the scopes that were asked for last, up to a total size", async () => {
  const { counts, of } = lookUps(new RecentScopes(TWENTY_DEVICES));
  await of("a", 6);
  await of("b", 6);
  expect((await of("a", 6)).listed?.keys).toHaveLength(6);
  await of("c", 6);
  await of("a", 6);
  expect(counts).toEqual({ a: 1, b: 1, c: 1 });
  await of("b", 6);
  expect(counts).toEqual({ a: 1, b: 2, c: 1 });
});

it("the cache keeps a scope only once if two callers ask for it at the same time, and no scope that is too large", async () => {
  const { counts, of } = lookUps(new RecentScopes(TWENTY_DEVICES));
  await Promise.all([of("a", 6), of("a", 6)]);
  await of("b", 6);
  await of("a", 6);
  expect(counts).toEqual({ a: 2, b: 1 });
  await of("large", 30);
  await of("large", 30);
  await of("a", 6);
  expect(counts).toEqual({ a: 2, b: 1, large: 2 });
});

it("the cache counts the tags and the keys of scopes without devices", async () => {
  const bytes = 2 * 64 * 160 + 1_000;
  const byTags = lookUps(new RecentScopes(bytes));
  for (const key of ["a", "b", "a", "c", "a", "b"]) await byTags.of(key, 0, TAGS);
  expect(byTags.counts).toEqual({ a: 1, b: 2, c: 1 });

  const byKey = lookUps(new RecentScopes(bytes));
  for (const key of ["a", "b", "a"]) await byKey.of(key.padEnd(64 * 160), 0);
  expect(Object.values(byKey.counts)).toEqual([2, 1]);
});

it("the cache keeps nothing of a failed look-up", async () => {
  const recent = new RecentScopes();
  await expect(recent.of("a", () => Promise.reject(new Error("away")))).rejects.toThrow("away");
  const { counts, of } = lookUps(recent);
  await of("a", 1);
  expect(counts).toEqual({ a: 1 });
});
