import { expect, it } from "vitest";
import { KeptResults } from "./kept-results.ts";

const rows = (chars: number) => [{ text: "x".repeat(chars - 16), none: null }];

it("results are kept up to a total size, and those that were asked for longest ago are dropped first", () => {
  const kept = new KeptResults(400);
  for (const key of ["a", "b", "c", "d", "e"]) {
    kept.add(key, rows(60));
    // Asked for again each time, so that it stays.
    expect(kept.get("a")).toEqual(rows(60));
  }
  for (const key of ["f", "g"]) kept.add(key, rows(60));
  const found = ["a", "b", "c", "d", "e", "f", "g"].filter((key) => kept.get(key) !== undefined);
  expect(found).toEqual(["a", "d", "e", "f", "g"]);
});

it("a large result is not kept, and drops no others", () => {
  const kept = new KeptResults(400);
  kept.add("small", rows(60));
  kept.add("large", rows(101));
  kept.add(
    "many",
    Array.from({ length: 20 }, () => ({ n: 1 })),
  );
  expect(["small", "large", "many"].filter((key) => kept.get(key) !== undefined)).toEqual(["small"]);
});
