import { describe, expect, it } from "vitest";
import type { FleetSummary } from "../../../data/devices.ts";
import type { SystemResource } from "../../../data/system.ts";
import { weightOf } from "../weight.ts";
import { attentionItems } from "./attention.ts";

const NOW = Date.parse("2026-01-01T12:00:00.000Z");
const at = "2026-01-01T11:45:00.000Z";
const heardAt = "2026-01-01T11:59:59.000Z";

const calm: FleetSummary = {
  total: 100,
  byStatus: { connected: 91, disconnected: 9, "never-connected": 0, retired: 4 },
  tags: [],
  models: [],
  firmwares: [],
  openCommands: 3,
  failedCommandsToday: 5,
  failedCommandsLastHour: 0,
  disconnectedForDay: 0,
  gatewayEnds: [],
};
const well: SystemResource = {
  version: "1.0.0",
  plainPorts: [],
  missing: 0,
  missingRanges: [],
  gateways: [
    {
      name: "g1",
      incarnation: "i1",
      status: "running",
      since: at,
      live: { connections: {}, eventsPerSecond: 1, commandsPerSecond: 0, logStatus: "ready", heardAt },
      seq: 1,
    } as SystemResource["gateways"][number],
  ],
  projectors: [{ id: "p1", seq: 5, lag: 3, state: "live", heardAt }],
  reactors: [{ id: "r1", active: true, heardAt }],
  streams: [],
  nats: { version: "2.15.1", acknowledged: "on-disk", advice: "" },
};
const texts = (summary: Partial<FleetSummary>, system: Partial<SystemResource> = {}) =>
  attentionItems({ ...calm, ...summary }, { ...well, ...system }, NOW).map(({ tone, text }) => `${tone}: ${text}`);
const status = (disconnected: number) => ({ ...calm.byStatus, connected: 100 - disconnected, disconnected });

describe("what needs attention", () => {
  it("is nothing for a healthy fleet, and before data is loaded", () => {
    expect(texts({})).toEqual([]);
    expect(attentionItems(undefined, undefined, NOW)).toEqual([]);
  });

  it("includes devices whose gateway ended, with a link to a list of exactly these devices", () => {
    const gatewayEnds = [{ gateway: "vm-1", how: "lost" as const, at, devices: 38 }];
    const [matter] = attentionItems({ ...calm, byStatus: status(38), gatewayEnds }, well, NOW);
    expect(matter?.text).toMatch(/^38 devices disconnected since .*45.*, when gateway vm-1 was lost$/);
    expect(matter?.tone).toBe("danger");
    expect(matter?.href).toBe("/devices?status=disconnected&seen=2026-01-01T11%3A45%3A00.000Z");
  });

  it("reports a lost gateway once", () => {
    const lost = { name: "vm-1", incarnation: "i", status: "lost" as const, since: at, seq: 1 };
    const gateways = [...well.gateways, lost];
    expect(texts({}, { gateways })).toEqual(["warning: vm-1 was lost 15 min ago"]);
    const gatewayEnds = [{ gateway: "vm-1", how: "lost" as const, at, devices: 1 }];
    expect(texts({ gatewayEnds }, { gateways })).toEqual([
      expect.stringMatching(/^warning: 1 device disconnected since/),
    ]);
  });

  it.each<[string, Partial<FleetSummary>]>([
    ["warning: 12 devices disconnected today, 12 % of the fleet", { byStatus: status(12) }],
    ["danger: 90 devices disconnected today, 90 % of the fleet", { byStatus: status(90) }],
    ["warning: 1 command failed or expired in the last hour", { failedCommandsLastHour: 1 }],
    ["warning: 9 devices disconnected for more than a day", { disconnectedForDay: 9 }],
  ])("is %s", (expected, summary) => {
    expect(texts(summary)).toEqual([expected]);
  });

  it("counts each device once, and has the worst items first", () => {
    expect(
      texts({ byStatus: status(90), disconnectedForDay: 20, failedCommandsLastHour: 2 }, { projectors: [] }),
    ).toEqual([
      "danger: 70 more devices disconnected today, 70 % of the fleet",
      "danger: No heartbeat from any projector",
      "warning: 2 commands failed or expired in the last hour",
      "warning: 20 devices disconnected for more than a day",
    ]);
  });

  it("keeps the key of an item while only figures in its text change", () => {
    const keys = (bytes: number) => {
      const stream = { name: "FLEET", events: 1, bytes, maxBytes: 1_000, firstSeq: 1, lastSeq: 1 };
      return attentionItems(calm, { ...well, streams: [stream] }, NOW).map(({ key }) => key);
    };
    expect(keys(900)).toHaveLength(1);
    expect(keys(900)).toEqual(keys(950));
  });
});

it("weighs disconnected devices by their share of the fleet; fewer than three always count as few", () => {
  expect([weightOf(1, 2), weightOf(9, 100), weightOf(10, 100), weightOf(51, 100)]).toEqual([
    "few",
    "few",
    "many",
    "most",
  ]);
});
