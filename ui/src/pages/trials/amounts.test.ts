import { expect, it } from "vitest";
import { amountIn, durationOf } from "./amounts.ts";

it("splits a duration of the API into a number and its unit, and joins them again", () => {
  for (const text of ["90s", "1.5m", "24h", "7d"])
    expect(durationOf(amountIn(text) ?? { number: "", unit: "s" })).toBe(text);
  expect(amountIn("500ms")).toEqual({ number: "0.5", unit: "s" });
  expect(amountIn("1.5m")).toEqual({ number: "1.5", unit: "m" });
  for (const text of ["", "90", "s", "-1s", "1w", "1e3s"]) expect(amountIn(text), text).toBeUndefined();
  expect(durationOf({ number: "", unit: "h" })).toBe("");
});
