import { expect, it } from "vitest";
import { momentFrom } from "./moment.ts";

it("a moment is a sequence, or a time in any zone", () => {
  expect(["17", 17, "2026-01-31T13:00:00+01:00"].map((at) => momentFrom(at))).toEqual([
    17,
    17,
    "2026-01-31T12:00:00.000Z",
  ]);
});

it.each([
  ["soon", /^from must be a time such as .* or a sequence of FLEET$/],
  ["2026-01-31T13:00:00 01:00", /; in an address, write \+ as %2B$/],
])("%j is refused, with what to write instead", (at, message) => {
  expect(() => momentFrom(at, "from")).toThrow(message);
});
