import { describe, expect, it } from "vitest";
import type { GatewayResource, SystemResource } from "../../data/system.ts";
import { concernsOf } from "./concerns.ts";

const NOW = Date.parse("2026-01-01T12:00:00Z");
const heardAt = "2026-01-01T11:59:59.000Z";

const gateway = {
  name: "g1",
  incarnation: "i1",
  status: "running" as const,
  since: "2026-01-01T10:00:00.000Z",
  live: {
    connections: { mqtt: 1, websocket: 2 },
    eventsPerSecond: 1,
    commandsPerSecond: 0,
    appendMs: { p50: 1, p99: 2 },
    logStatus: "ready",
    heardAt,
  },
  seq: 1,
} satisfies GatewayResource;
const stream = (name: string, bytes: number) => ({ name, events: 1, bytes, maxBytes: 1_000, firstSeq: 1, lastSeq: 1 });
const marks = { through: 10_000, checkedThrough: 10_000, problems: 0 };
const archive = { seq: 5, lag: 0, bytes: 1_000 };
const lost = { from: 1, to: 1_300 };
const span = { firstSeq: 1, lastSeq: 10_000 };
const well: SystemResource = {
  version: "1.0.0",
  plainPorts: [],
  missing: 0,
  missingRanges: [],
  gateways: [gateway],
  projectors: [{ id: "p1", seq: 5, lag: 3, state: "live", heardAt }],
  reactors: [
    { id: "r1", active: true, heardAt },
    { id: "r2", active: false, heardAt },
  ],
  streams: [stream("FLEET", 799), stream("TELEMETRY", 10)],
  nats: { version: "2.15.1", acknowledged: "on-disk", advice: "" },
};
const concernsWith = (change: Partial<SystemResource>) =>
  concernsOf({ ...well, ...change }, NOW).map(({ tone, text }) => `${tone}: ${text}`);

describe("concerns", () => {
  it("are empty for a healthy system", () => {
    expect(concernsOf(well, NOW)).toEqual([]);
  });

  it.each<[string, Partial<SystemResource>]>([
    ["danger: No running gateway is known", { gateways: [{ ...gateway, status: "stopped" }] }],
    ["danger: g1 cannot reach the log", { gateways: [{ ...gateway, live: { ...gateway.live, logStatus: "away" } }] }],
    [
      "danger: g1 reports that the log is full",
      { gateways: [{ ...gateway, live: { ...gateway.live, logStatus: "full" } }] },
    ],
    ["danger: No heartbeat from any projector", { projectors: [] }],
    ["warning: p1 is 5,000 events behind", { projectors: [{ id: "p1", seq: 5, lag: 5_000, state: "live", heardAt }] }],
    ["warning: p1 is building its views", { projectors: [{ id: "p1", seq: 5, lag: 9, state: "building", heardAt }] }],
    ["danger: No heartbeat from any reactors", { reactors: [] }],
    ["warning: No reactors are active", { reactors: [{ id: "r2", active: false, heardAt }] }],
    ["danger: 4 entries of FLEET cannot be read", { missing: 4, missingRanges: [{ from: 7, to: 10 }] }],
    [
      "danger: The log is not what was signed",
      {
        historians: [
          { id: "h1", seq: 5, lag: 0, heardAt, marks: { ...marks, problems: 1, first: { ...span, detail: "x" } } },
          { id: "h2", seq: 5, lag: 0, heardAt, marks },
          { id: "older", seq: 5, lag: 0, heardAt },
        ],
      },
    ],
    [
      "danger: The archive of h1 lacks 1,200 events of telemetry",
      {
        historians: [
          { id: "h1", seq: 5, lag: 0, heardAt, telemetry: { ...archive, missing: { events: 1_200, ranges: [lost] } } },
          { id: "h2", seq: 5, lag: 0, heardAt, telemetry: archive },
        ],
      },
    ],
    [
      "warning: h1 signs no marks of the log",
      { historians: [{ id: "h1", seq: 5, lag: 0, heardAt, marks: { ...marks, keyProblem: "no key" } }] },
    ],
    [
      "danger: The clock of g1 is 1 h ahead",
      { gateways: [{ ...gateway, live: { ...gateway.live, clock: { state: "wrong", offsetMs: 3_600_000 } } }] },
    ],
    [
      "warning: The clock of r1 is 5.0 s behind",
      { reactors: [{ id: "r1", active: true, heardAt, clock: { state: "off", offsetMs: -5_000 } }] },
    ],
    ["danger: FLEET is 80 % full", { streams: [stream("FLEET", 800)] }],
    ["warning: TELEMETRY is 99 % full", { streams: [stream("TELEMETRY", 999)] }],
    ["warning: Other machines can connect without encryption", { plainPorts: ["HTTP on 0.0.0.0:8080"] }],
    [
      "warning: Certificate expires in 29 d: FLEETLOG_TLS_CERT",
      { expiring: [{ what: "FLEETLOG_TLS_CERT", at: new Date(NOW + 29 * 86_400_000).toISOString() }] },
    ],
    [
      "danger: Certificate expired: the authority CN=Plant",
      { expiring: [{ what: "the authority CN=Plant", at: new Date(NOW - 1_000).toISOString() }] },
    ],
    [
      "warning: A power cut can lose acknowledged events",
      { nats: { version: "2.9.10", acknowledged: "later", advice: "" } },
    ],
  ])("%s", (expected, change) => {
    expect(concernsWith(change)).toEqual([expected]);
  });

  it("name the missing sequences, and give advice", () => {
    const missingRanges = [
      { from: 3, to: 3 },
      { from: 7, to: 9 },
    ];
    const [concern] = concernsOf({ ...well, missing: 4, missingRanges }, NOW);
    expect(concern?.advice).toMatch(/^#3, #7 to #9\. .*restore a backup/);
  });

  it("name the missing telemetry, and advise to start a historian that has it", () => {
    const historians = [
      { id: "h1", seq: 5, lag: 0, heardAt, telemetry: { ...archive, missing: { events: 1_200, ranges: [lost] } } },
    ];
    const [concern] = concernsOf({ ...well, historians }, NOW);
    expect(concern?.advice).toMatch(
      /^#1 to #1,300 of TELEMETRY: .*Check the disk\..*copy such events from each other: start one .*backup of the folder\.$/,
    );
  });

  it("leave out a full ACCESS, which drops its oldest events", () => {
    expect(concernsWith({ streams: [stream("ACCESS", 999)] })).toEqual([]);
  });

  it("include a running gateway without heartbeats, and a gateway that was lost less than an hour ago", () => {
    const { live: _, ...silent } = gateway;
    const lost = (since: string) => ({ ...silent, name: "g2", status: "lost" as const, since });
    expect(concernsWith({ gateways: [silent] })).toEqual(["warning: No heartbeat from g1"]);
    expect(concernsWith({ gateways: [gateway, lost("2026-01-01T11:55:00.000Z")] })).toEqual([
      "warning: g2 was lost 5 min ago",
    ]);
    expect(concernsWith({ gateways: [gateway, lost("2026-01-01T01:00:00.000Z")] })).toEqual([]);
  });

  it("include a gateway that renews its lease late", () => {
    const late = (renewedAt: string) => {
      const lease = { renewedAt, lapsesAt: new Date(Date.parse(renewedAt) + 10_000).toISOString() };
      return concernsWith({ gateways: [{ ...gateway, live: { ...gateway.live, lease } }] });
    };
    expect(late("2026-01-01T11:59:55.500Z")).toEqual([]);
    expect(late("2026-01-01T11:59:52.000Z")).toEqual(["warning: g1 is late in renewing its lease"]);
  });

  it("are sorted with the most serious first", () => {
    expect(
      concernsWith({ projectors: [{ id: "p1", seq: 5, lag: 9, state: "building", heardAt }], reactors: [] }),
    ).toEqual(["danger: No heartbeat from any reactors", "warning: p1 is building its views"]);
  });
});
