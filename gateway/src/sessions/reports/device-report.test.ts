import { expect, it } from "vitest";
import { type DeviceReports, eventsIn, NO_REPORTS } from "./device-report.ts";

const item = { data: {} };
const profile = { kind: "profile", profile: {} } as const;

it.each<[string, DeviceReports, number]>([
  ["one item of telemetry", { kind: "telemetry", items: [item] }, 1],
  ["many items of telemetry", { kind: "telemetry", items: [item, item, item] }, 3],
  ["a profile", profile, 1],
  ["several reports", [{ kind: "telemetry", items: [item, item] }, profile], 3],
  ["a message without reports", NO_REPORTS, 1],
])("eventsIn counts the events of %s", (_, reports, events) => {
  expect(eventsIn(reports)).toBe(events);
});
