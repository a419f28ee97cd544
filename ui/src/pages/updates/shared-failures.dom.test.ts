// @vitest-environment happy-dom
import { html, render } from "lit";
import { expect, it } from "vitest";
import { foundUpdates } from "../../components/updates/updates.ts";
import { textOf } from "../../testing/dom.ts";
import { isAmong, sharedFailures, sharedFailuresNote } from "./shared-failures.ts";

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
  const { catalogue: _, ...latest } = failure("vendor", "it answered 503", 3);
  expect(shared).toEqual([{ ...latest, catalogues: ["vendor"], devices: new Map([["vendor", 3]]) }]);
  expect(isAmong(shared, failure("vendor", "it answered 503", 1))).toBe(true);
  expect(isAmong(shared, failure("own", "the list is not signed", 1))).toBe(false);
});

it("keeps categories of a catalogue apart, and puts the most frequent failure first", () => {
  const [firmware, software] = [
    { ...failure("vendor", "it answered 503", 1), category: "firmware" as const },
    { ...failure("vendor", "it answered 503", 1), category: "software" as const },
  ];
  const items = [[firmware, software], [software], [firmware, software]].map((failures) => ({ failures }));
  expect(sharedFailures(items).map(({ category, devices }) => [category, devices.get("vendor")])).toEqual([
    ["software", 3],
    ["firmware", 2],
  ]);
});

function shown(content: unknown): string {
  const place = document.createElement("div");
  render(html`${content}`, place);
  return textOf(place);
}

it("says a reason once for all catalogues that failed for it", () => {
  const all = ["vendor", "own", "other"].map((name) => failure(name, "it answered 503", 1));
  const items = [all, all, all.slice(0, 2)].map((failures) => ({ failures }));
  const shared = sharedFailures([...items, { failures: [failure("last", "it answered 503", 2)] }]);
  const note = shown(sharedFailuresNote(shared, true));
  expect(note).toContain("vendor and own failed for 3 devices, other for 2 devices.");
  expect(note.match(/503/g)).toHaveLength(1);
  expect(note).toContain("Each catalogue has a fault of its own (503).");
  expect(all.every((one) => isAmong(shared, one))).toBe(true);
  expect(isAmong(shared, failure("last", "it answered 503", 2))).toBe(false);
});

it("says a reason once in a device's list", () => {
  const failures = [failure("vendor", "it answered 503", 1), failure("own", "it answered 503", 2)];
  const firmware = { ...failure("own", "it answered 503", 1), category: "firmware" as const };
  const list = (isExplained: boolean) =>
    shown(foundUpdates({ updates: [], failures: [...failures, firmware] }, { isExplained: () => isExplained }));
  expect(list(false).match(/Each catalogue has a fault of its own|The catalogue has a fault of its own/g)).toHaveLength(
    2,
  );
  expect(list(false)).toContain("vendor and own");
  expect(list(true)).toContain("vendor and own");
  expect(list(true)).not.toContain("503");
});
