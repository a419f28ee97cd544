import { expect, it } from "vitest";
import { leaseText } from "./lease-text.ts";

it("counts down to the time when a lease lapses", () => {
  expect(leaseText(0, 10_000, 2_100)).toEqual({ lapses: "lapses in 8 s", renewed: "renewed 2 s ago" });
  expect(leaseText(0, 10_000, 9_900)).toEqual({ lapses: "lapses in 1 s", renewed: "renewed 10 s ago" });
  expect(leaseText(0, 10_000, 12_000)).toEqual({ lapses: "has lapsed", renewed: "renewed 12 s ago" });
  // Clocks differ a little, so a renewal may be in the future.
  expect(leaseText(500, 10_500, 0)).toEqual({ lapses: "lapses in 11 s", renewed: "renewed 0 s ago" });
});
