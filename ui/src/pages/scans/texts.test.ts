import { expect, it } from "vitest";
import type { ScanResource } from "../../data/scans.ts";
import { startedText, targetText } from "./texts.ts";

it.each([
  [{ filter: {} }, "All devices"],
  [{ filter: { tag: "roof", model: "UC-8112A" } }, "Devices with tag roof, model UC-8112A"],
  [{ group: "roof" }, "Group roof"],
  [{ devices: ["d1"] }, "d1"],
  [{ devices: ["d1", "d2"] }, "2 devices"],
  [undefined, "Devices"],
])("the text says which devices a scan compares", (to, text) => {
  expect(targetText(to === undefined ? {} : { to })).toBe(text);
});

it("the text says who has started a scan", () => {
  const scan = { reason: "hand", startedBy: "ada" } as ScanResource;
  expect(startedText(scan)).toBe("by ada");
  expect(startedText({ ...scan, reason: "schedule", startedBy: "system", catalogue: "moxa" })).toBe(
    "with moxa, by its schedule",
  );
});
