import { expect, it } from "vitest";
import { chunks } from "./chunks.ts";

it("splits ids into parts of limited count and address length", () => {
  expect(chunks([], 2)).toEqual([]);
  expect(chunks(["a", "b", "c"], 2)).toEqual([["a", "b"], ["c"]]);
  const long = Array.from({ length: 100 }, (_, index) => `${index}`.padStart(128, "x"));
  const parts = chunks(long, 500);
  expect(parts.flat()).toEqual(long);
  expect(Math.max(...parts.map((part) => encodeURIComponent(part.join(",")).length))).toBeLessThan(4_096);
});
