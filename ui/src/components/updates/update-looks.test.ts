import { expect, it } from "vitest";
import type { FoundUpdate } from "../../data/updates.ts";
import { versionsOf, whyOf } from "./update-looks.ts";

const found: FoundUpdate = {
  ...{ catalogue: "vendor", package: "viewer", category: "software", state: "available" },
  askedAt: "2026-01-31T12:00:00.000Z",
};

it("shows which version a device has and can have", () => {
  expect(versionsOf({ ...found, current: "1", available: "2", newest: "3" })).toBe("1 → 2");
  expect(versionsOf({ ...found, current: "1", newest: "3" })).toBe("1 → 3");
  expect(versionsOf({ ...found, newest: "3" })).toBe("unknown → 3");
  expect(versionsOf({ ...found, current: "3", newest: "3" })).toBe("3");
  expect(versionsOf(found)).toBe("");
});

it("says which packages must be installed first", () => {
  const needs = [{ package: "firmware", version: "1.5", has: "1.4", offered: "1.6" }];
  expect(whyOf({ ...found, newest: "3", needs })).toBe("needs firmware 1.5 (has 1.4, 1.6 is offered) first");
  expect(whyOf({ ...found, available: "2", newest: "3", needs })).toBe(
    "3 needs firmware 1.5 (has 1.4, 1.6 is offered) first",
  );
  expect(whyOf({ ...found, needs: [{ package: "firmware", version: "1.5" }] })).toContain("its version is unknown");
  expect(whyOf({ ...found, reason: "no version" })).toBe("no version");
  expect(whyOf(found)).toBe("");
});
