import { expect, it } from "vitest";
import type { EnrolmentGroupResource } from "../../data/onboarding.ts";
import { enrolmentLook } from "./enrolment-looks.ts";

const NOW = Date.parse("2026-11-28T12:00:00Z");

it.each([
  ["Open", {}],
  ["Ended", { ended: true, enabled: false }],
  ["Off", { enabled: false }],
  ["Expired", { expiresAt: "2026-11-28T12:00:00Z" }],
  ["Not active yet", { activatesAt: "2026-11-28T12:00:01Z" }],
  ["Full", { enrolled: 10 }],
] as const)("the label shows a group's state as %s", (text, more) => {
  const group = { ended: false, enabled: true, enrolled: 3, quota: 10, ...more } as unknown as EnrolmentGroupResource;
  expect(enrolmentLook(group, NOW).text).toBe(text);
});
