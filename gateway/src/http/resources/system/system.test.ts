import { createHash } from "node:crypto";
import type { Scope } from "@fleetlog/domain";
import { createAccount, partCaller } from "@fleetlog/fleet";
import type { DeviceResource, FleetSummary, GatewayHeartbeat, GatewayResource, Heartbeat } from "@fleetlog/protocol";
import { QUERY_QUEUE, type QueryRequest, querySubject } from "@fleetlog/protocol";
import { beforeEach, describe, expect, it } from "vitest";
import type { ReceivedHeartbeat, RecentHeartbeats } from "../../../node/cluster/heartbeats.ts";
import { type TestServer, testServer } from "../../../testing/test-server.ts";

const AT = Date.parse("2026-01-01T00:00:00Z");

function gatewayHeartbeat(id: string, incarnation = "i1"): Heartbeat {
  return {
    kind: "gateway",
    id,
    incarnation,
    connections: { websocket: 1, mqtt: 2 },
    eventsPerSecond: 3,
    commandsPerSecond: 0.5,
    appendMs: { p50: 1, p99: 9 },
    logStatus: "ready",
  };
}

const received: ReceivedHeartbeat[] = [];
const recent: RecentHeartbeats[] = [];
let server: TestServer;
beforeEach(async () => {
  received.length = 0;
  recent.length = 0;
  server = await testServer({ heartbeats: () => received, recentHeartbeats: () => recent, notifiedSeq: () => 7 });
});

const get = (url: string, token = server.token) =>
  server.app.inject({ url, headers: { authorization: `Bearer ${token}` } });

async function tokenOf(scope: Scope): Promise<string> {
  const token = `operator with ${JSON.stringify(scope)}`.replaceAll(/[^a-z]/g, "-");
  const bucket = await server.node.backbone.buckets.open("operators", { maxBytes: 1 });
  const operator = { id: "op", name: "Op", role: "operator", scope };
  await bucket.put(`operator.${createHash("sha256").update(token).digest("hex")}`, { status: "valid", operator });
  return token;
}

function answer(name: "gateways.list" | "devices.rows" | "devices.summary", by: (request: QueryRequest) => unknown) {
  const respond = (data: unknown) => ({ result: by(data as QueryRequest), seq: 7 });
  server.node.backbone.bus.respond(querySubject(name), QUERY_QUEUE, respond);
}

describe("GET /readyz", () => {
  const projector = (state: "live" | "building", ageMs = 0): ReceivedHeartbeat => ({
    heartbeat: { kind: "projector", id: "p1", seq: 5, lag: 2, state },
    at: -ageMs,
  });
  const reactors = (active: boolean): ReceivedHeartbeat => ({
    heartbeat: { kind: "reactors", id: "r1", active },
    at: 0,
  });

  it.each([
    [[], "missing", "missing"],
    [[projector("building"), reactors(false)], "building", "missing"],
    [[projector("building"), projector("live"), reactors(true)], "ready", "ready"],
    [[projector("live", 60_000)], "missing", "missing"],
  ] as const)("has the states of projectors and reactors for the heartbeats %j", async (heartbeats, views, active) => {
    const now = Date.now();
    received.push(...heartbeats.map(({ heartbeat, at }) => ({ heartbeat, at: now + at })));
    const response = await get("/readyz");
    expect(response.json()).toMatchObject({ ready: true, views, reactors: active });
  });
});

it("GET /readyz counts the histories that historians have set aside, without their folders", async () => {
  const historian = { kind: "historian", id: "h1", seq: 4, lag: 3 } as const;
  const setAside = ["/data/historian-h1/FLEET/a-unreadable", "/data/historian-h1/TELEMETRY-views/b-unreadable"];
  received.push({ heartbeat: { ...historian, setAside }, at: Date.now() });
  received.push({ heartbeat: { ...historian, id: "h2" }, at: Date.now() });
  const response = await get("/readyz");
  expect(response.json()).toMatchObject({ ready: true, historiesSetAside: 2 });
  expect(response.body).not.toContain("unreadable");
});

describe("GET /api/system/trends", () => {
  it("has the values of each gateway's recent heartbeats, oldest first", async () => {
    const first = gatewayHeartbeat("g1") as GatewayHeartbeat;
    recent.push({ heartbeats: [first, { ...first, eventsPerSecond: 7 }], at: AT });
    expect((await get("/api/system/trends")).json()).toEqual({
      items: [
        {
          name: "g1",
          incarnation: "i1",
          heardAt: "2026-01-01T00:00:00.000Z",
          connections: [3, 3],
          eventsPerSecond: [3, 7],
          commandsPerSecond: [0.5, 0.5],
          appendP50: [1, 1],
          appendP99: [9, 9],
        },
      ],
    });
  });
});

describe("GET /api/system", () => {
  it("is made from heartbeats while no projector answers", async () => {
    const first = { firstSeq: 1, lastSeq: 10_000, detail: "the mark is gone" };
    const marks = { through: 20_000, checkedThrough: 10_000, problems: 1, first };
    const telemetry = { seq: 70, lag: 2, first: 11, bytes: 4_000 };
    const rebuild = { seq: 2, goal: 7 };
    const setAside = ["/data/historian-h1/FLEET/a-unreadable"];
    received.push({ heartbeat: gatewayHeartbeat("g1"), at: AT });
    received.push({ heartbeat: { kind: "projector", id: "p1", seq: 5, lag: 2, state: "building" }, at: AT });
    received.push({ heartbeat: { kind: "reactors", id: "r1", active: true }, at: AT });
    received.push({
      heartbeat: { kind: "historian", id: "h1", seq: 4, lag: 3, rebuild, setAside, marks, telemetry },
      at: AT,
    });
    const heardAt = "2026-01-01T00:00:00.000Z";
    expect((await get("/api/system")).json()).toEqual({
      historians: [{ id: "h1", seq: 4, lag: 3, rebuild, setAside, marks, telemetry, heardAt }],
      version: "1.2.3",
      gateways: [
        {
          name: "g1",
          incarnation: "i1",
          status: "running",
          since: heardAt,
          live: expect.objectContaining({ connections: { websocket: 1, mqtt: 2 }, logStatus: "ready", heardAt }),
          seq: 0,
        },
      ],
      projectors: [{ id: "p1", seq: 5, lag: 2, state: "building", heardAt }],
      reactors: [{ id: "r1", active: true, heardAt }],
      streams: [
        { name: "FLEET", events: 0, bytes: 0, maxBytes: 1_000_000, firstSeq: expect.any(Number), lastSeq: 0 },
        { name: "TELEMETRY", events: 0, bytes: 0, maxBytes: 2_000_000, firstSeq: expect.any(Number), lastSeq: 0 },
        { name: "ACCESS", events: 0, bytes: 0, maxBytes: 1_000_000, firstSeq: expect.any(Number), lastSeq: 0 },
        { name: "DELIVERY", events: 0, bytes: 0, maxBytes: 1_000_000, firstSeq: expect.any(Number), lastSeq: 0 },
      ],
      plainPorts: [],
      expiring: [],
      missing: 0,
      missingRanges: [],
      nats: { version: "2.15.1", acknowledged: "on-disk", advice: "What is acknowledged is on disk." },
    });
  });

  it("has no counts for a person who may not see all devices", async () => {
    received.push({ heartbeat: gatewayHeartbeat("g1"), at: AT });
    recent.push({ heartbeats: [gatewayHeartbeat("g1") as GatewayHeartbeat], at: AT });
    const counts = async (scope: Scope) => {
      const token = await tokenOf(scope);
      const [system, trends] = await Promise.all([get("/api/system", token), get("/api/system/trends", token)]);
      const { gateways, streams } = system.json();
      expect(gateways).toMatchObject([{ name: "g1", live: { logStatus: "ready", appendMs: { p50: 1 } } }]);
      return [gateways[0].live.connections, streams.length, trends.json().items.length];
    };
    const [all, none] = [
      [{ websocket: 1, mqtt: 2 }, 4, 1],
      [undefined, 0, 0],
    ];
    expect(await counts({ tags: ["roof"] })).toEqual(none);
    expect(await counts({ accounts: ["main"] })).toEqual(all);
    await createAccount(server.node.fleet, partCaller("test"), { id: "north", name: "North" });
    await server.node.fleet.accounts.find("north");
    expect(await counts({ accounts: ["main"] })).toEqual(none);
    expect(await counts({})).toEqual(all);
  });

  it("has the times of leases by the clock of the answering gateway", async () => {
    received.push({
      heartbeat: { ...gatewayHeartbeat("g1"), lease: { ageMs: 2_000, ttlMs: 10_000 } } as Heartbeat,
      at: AT,
    });
    const { gateways } = (await get("/api/system")).json();
    expect(gateways[0].live.lease).toEqual({
      renewedAt: "2025-12-31T23:59:58.000Z",
      lapsesAt: "2026-01-01T00:00:08.000Z",
    });
  });

  it("has the values of a heartbeat only for the incarnation that sent it", async () => {
    const row = { incarnation: "i1", since: "2026-01-01T00:00:00.000Z", seq: 1 };
    const rows: GatewayResource[] = [
      { ...row, name: "g1", status: "running" },
      { ...row, name: "g2", status: "lost" },
      { ...row, name: "g3", status: "running" },
    ];
    answer("gateways.list", () => rows);
    received.push({ heartbeat: gatewayHeartbeat("g1"), at: AT }, { heartbeat: gatewayHeartbeat("g2", "i2"), at: AT });
    const { gateways } = (await get("/api/system")).json();
    expect(gateways).toMatchObject([{ name: "g1", live: { eventsPerSecond: 3 } }, { name: "g2" }, { name: "g3" }]);
    expect(gateways[1]).not.toHaveProperty("live");
    expect(gateways[2]).not.toHaveProperty("live");
  });

  it("is made from heartbeats while the log is away", async () => {
    received.push({ heartbeat: gatewayHeartbeat("g1"), at: AT });
    await get("/api/system");
    server.node.backbone.away();
    expect((await get("/api/system")).json()).toMatchObject({ gateways: [{ name: "g1" }], streams: [] });
  });
});

describe("GET /api/devices/rows and summary", () => {
  it("queries rows 64 at a time, at the newest sequence that the live feed has sent", async () => {
    const queries: QueryRequest<"devices.rows">[] = [];
    answer("devices.rows", (request) => {
      const { ids } = request.params as { ids: string[] };
      queries.push(request as QueryRequest<"devices.rows">);
      const row = { registeredAt: "t", registeredBy: "a", status: "connected", since: "t", seq: 1 } as const;
      return ids.map((id): DeviceResource => ({ id, ...row, account: "main", tags: [] }));
    });
    const ids = Array.from({ length: 150 }, (_, i) => `d${i}`);
    const response = await get(`/api/devices/rows?ids=${ids.join(",")},a.b,`);
    expect(response.json().items.map(({ id }: DeviceResource) => id)).toEqual(ids);
    expect(queries.map(({ params, atLeast }) => [params.ids.length, atLeast])).toEqual([
      [64, 7],
      [64, 7],
      [22, 7],
    ]);
  });

  it("refuses more than 500 rows", async () => {
    const ids = Array.from({ length: 501 }, (_, i) => i).join(",");
    expect((await get(`/api/devices/rows?ids=${ids}`)).json()).toMatchObject({ status: 400, field: "ids" });
    expect((await get("/api/devices/rows")).json()).toMatchObject({ status: 400, field: "ids" });
  });

  it("has the counts of the fleet", async () => {
    const facets = { byStatus: {}, tags: [], models: [], firmwares: [], gatewayEnds: [] };
    const counts = { total: 0, openCommands: 0, failedCommandsLastHour: 0, disconnectedForDay: 0 };
    const summary: FleetSummary = { ...facets, ...counts, failedCommandsToday: 1 };
    answer("devices.summary", () => summary);
    expect((await get("/api/devices/summary")).json()).toMatchObject({ failedCommandsToday: 1 });
  });
});
