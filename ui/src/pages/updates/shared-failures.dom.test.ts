// @vitest-environment happy-dom
import { expect, it } from "vitest";
import { isAmong, sharedFailures } from "./shared-failures.ts";

const failure = (catalogue: string, reason: string, hour: number) => ({
  ...{ catalogue, reason },
  askedAt: `2026-01-31T0${hour}:00:00.000Z`,
});

it("counts the devices for which a catalogue failed for the same reason, with the latest time", () => {
  const shared = sharedFailures([
    { failures: [failure("vendor", "it answered 503", 1), failure("own", "the list is not signed", 1)] },
    { failures: [failure("vendor", "it answered 503", 3)] },
    { failures: [] },
    { failures: [failure("vendor", "it answered 503", 2), failure("own", "no answer within 15 s", 2)] },
  ]);
  expect(shared).toEqual([{ ...failure("vendor", "it answered 503", 3), devices: 3 }]);
  expect(isAmong(shared, failure("vendor", "it answered 503", 1))).toBe(true);
  expect(isAmong(shared, failure("own", "the list is not signed", 1))).toBe(false);
});

it("keeps categories of a catalogue apart, and puts the most frequent failure first", () => {
  const [firmware, software] = [
    { ...failure("vendor", "it answered 503", 1), category: "firmware" as const },
    { ...failure("vendor", "it answered 503", 1), category: "software" as const },
  ];
  const items = [[firmware, software], [software], [firmware, software]].map((failures) => ({ failures }));
  expect(sharedFailures(items).map(({ category, devices }) => [category, devices])).toEqual([
    ["software", 3],
    ["firmware", 2],
  ]);
});
