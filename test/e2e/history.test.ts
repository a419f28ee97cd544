import { createHash } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import type { Scope } from "@fleetlog/domain";
import { replayFleet } from "@fleetlog/infra/replay";
import type {
  CreatedApiKey,
  DeviceDetail,
  DevicePage,
  FleetSummary,
  PastDevice,
  Problem,
  Replay,
  SystemResource,
} from "@fleetlog/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { Api } from "../support/api.ts";
import { connectMqttDevice } from "../support/devices/mqtt.ts";
import { eventually } from "../support/eventually.ts";
import { publishRaw } from "../support/raw-nats.ts";
import { refusalOf } from "../support/raw-websocket.ts";
import { type Stack, startStack } from "../support/stack.ts";

interface Snapshot {
  readonly seq: number;
  readonly list: DevicePage;
  readonly one: DeviceDetail;
  readonly summary: FleetSummary;
  readonly commands: unknown;
}

let stack: Stack;
let api: Api;
const snapshots: Snapshot[] = [];
let people = 0;

async function get<Body>(path: string, by = api): Promise<Body> {
  const { status, body } = await by.call<Body>("GET", path);
  // The message shows the body: on a busy machine the projector may not answer for a moment.
  expect(status, JSON.stringify(body)).toBe(200);
  return body;
}
const lastSeq = async () => {
  const { streams, projectors } = await get<SystemResource>("/api/system");
  const seq = streams.find(({ name }) => name === "FLEET")?.lastSeq ?? 0;
  expect(projectors[0]?.seq).toBe(seq);
  return seq;
};

/** The live answers to several queries, all of them after the same newest event. */
async function snapshot(): Promise<Snapshot> {
  return eventually(async () => {
    const seq = await lastSeq();
    const [list, one, summary, commands] = await Promise.all([
      get<DevicePage>("/api/devices?sort=-name&counts=true"),
      get<DeviceDetail>("/api/devices/pump-1"),
      get<FleetSummary>("/api/devices/summary"),
      get("/api/commands"),
    ]);
    expect(await lastSeq()).toBe(seq);
    return { seq, list, one, summary, commands };
  });
}

async function personWith(role: string, scope: Scope): Promise<Api> {
  const token = `person-of-history-${++people}-0123456789`;
  const operator = { id: `person-${people}`, name: `Person ${people}`, role, scope };
  const hash = createHash("sha256").update(token).digest("hex");
  await publishRaw(stack.nats.port, `$KV.operators.operator.${hash}`, JSON.stringify({ status: "valid", operator }));
  const person = new Api(api.url, token);
  await eventually(async () => expect((await person.call("GET", "/api/session")).status).toBe(200));
  return person;
}

beforeAll(async () => {
  stack = await startStack({ historians: 2 });
  api = stack.api;
  await api.call("POST", "/api/accounts", { id: "north", name: "North" });
  const token = await api.register("pump-1", { name: "Pump 1", tags: ["roof"] });
  await api.register("pump-2", { name: "Pump 2", tags: ["cellar"] });
  snapshots.push(await snapshot());
  const [gateway] = stack.gateways;
  const at = { httpPort: gateway?.httpPort ?? 0, mqttPort: gateway?.mqttPort ?? 0 };
  const device = await connectMqttDevice(5)({ ...at, device: "pump-1", token });
  await device.telemetry({ data: { celsius: 20 }, boot: "b1", seq: 1, at: "2026-01-31T03:00:00.000Z" });
  await device.event("opened", { data: { valve: 7 } });
  await eventually(async () => expect((await api.device("pump-1")).status).toBe("connected"));
  snapshots.push(await snapshot());
  await api.command("pump-1", { name: "wait", deadline: "1h" });
  await api.call("PATCH", "/api/devices/pump-2", { name: "Renamed", tags: ["roof"] });
  snapshots.push(await snapshot());
  await device.close();
  await eventually(async () => expect((await api.device("pump-1")).status).toBe("disconnected"));
  await api.call("DELETE", "/api/devices/pump-2");
  await api.register("pump-3");
  snapshots.push(await snapshot());
});
afterAll(() => stack[Symbol.asyncDispose]());

async function expectThePast(): Promise<void> {
  for (const { seq, list, one, summary, commands } of snapshots) {
    const { at } = await get<{ at: string }>(`/api/history/summary?at=${seq}`);
    for (const moment of [seq, at]) {
      expect(await get(`/api/history/devices?at=${moment}&sort=-name&counts=true`)).toEqual({ ...list, at, seq });
      expect(await get(`/api/history/devices/pump-1?at=${moment}`)).toEqual({ ...one, at, atSeq: seq });
      expect(await get(`/api/history/summary?at=${moment}`)).toEqual({ ...summary, at, seq });
      expect(await get(`/api/history/views/commands.list?at=${moment}`)).toEqual({ at, seq, result: commands });
    }
  }
}

describe("the fleet as of a moment", () => {
  it("equals the live answers of that moment", async () => {
    expect(new Set(snapshots.map(({ list }) => JSON.stringify(list))).size).toBe(4);
    await expectThePast();
  });

  it("includes each event as soon as it is in the log", async () => {
    await api.register("pump-4");
    const now = await get<DevicePage>(`/api/history/devices?at=${new Date().toISOString()}&search=pump-4`);
    expect(now.items).toMatchObject([{ id: "pump-4" }]);
  });

  it("includes late reports at the time at which they happened, on request", async () => {
    const token = await api.register("late-1");
    const { registeredAt = "" } = await get<DeviceDetail>("/api/devices/late-1");
    const later = (ms: number) => new Date(Date.parse(registeredAt) + ms).toISOString();
    await eventually(async () => expect(Date.now()).toBeGreaterThan(Date.parse(registeredAt) + 100));
    const [gateway] = stack.gateways;
    const at = { httpPort: gateway?.httpPort ?? 0, mqttPort: gateway?.mqttPort ?? 0 };
    const device = await connectMqttDevice(5)({ ...at, device: "late-1", token });
    await device.event("opened", { data: { valve: 1 }, at: later(10) });
    await device.telemetry({ data: { bar: 3 }, at: later(20) });
    await device.close();
    const url = `/api/history/devices/late-1?at=${later(50)}`;
    const now = new Date().toISOString();
    await eventually(async () => {
      const { reports } = await get<PastDevice>(`${url}&known=${now}`);
      expect(reports).toMatchObject([
        { stream: "FLEET", happenedAt: later(10), data: { name: "opened", data: { valve: 1 } } },
        { stream: "TELEMETRY", happenedAt: later(20), data: { data: { bar: 3 } } },
      ]);
    });
    expect((await get<PastDevice>(`${url}&known=${later(50)}`)).reports).toEqual([]);
    expect(await get<PastDevice>(url)).not.toHaveProperty("reports");
  });

  it("answers all pages as of the first page's moment", async () => {
    const url = `/api/history/devices?at=${new Date().toISOString()}&limit=1`;
    const first = await get<DevicePage & { seq: number }>(url);
    await api.register("pump-5");
    let ids = first.items.map(({ id }) => id);
    for (let { next } = first; next !== null; ) {
      const page = await get<DevicePage & { seq: number }>(`${url}&cursor=${next}`);
      expect(page.seq).toBe(first.seq);
      ids = [...ids, ...page.items.map(({ id }) => id)];
      next = page.next;
    }
    expect(ids).toEqual(["late-1", "pump-1", "pump-3", "pump-4"]);
  });
});

describe("access to the past", () => {
  it("is limited to the devices that the caller may see today", async () => {
    const [{ seq: early }] = snapshots as [Snapshot];
    const north = await personWith("analyst", { accounts: ["north"] });
    const main = await personWith("analyst", { accounts: ["main"] });
    const roof = await personWith("operator", { tags: ["roof"] });
    const viewer = await personWith("viewer", {});
    const ids = async (person: Api, at: number | string = early) =>
      (await get<DevicePage>(`/api/history/devices?at=${at}`, person)).items.map(({ id }) => id);
    expect((await viewer.call("GET", `/api/history/devices?at=${early}`)).status).toBe(403);
    expect([await ids(main), await ids(north), await ids(roof)]).toEqual([
      ["pump-1", "pump-2"],
      [],
      ["pump-1", "pump-2"],
    ]);
    const [stays, along] = ["pump-1", "pump-2"];
    await api.register("pump-6", { tags: ["cellar"] });
    const { seq: registered } = await get<{ seq: number }>(`/api/history/summary?at=${new Date().toISOString()}`);
    await api.call("PATCH", `/api/devices/${stays}`, { account: "north", history: "stays", tags: ["cellar"] });
    await api.call("PATCH", "/api/devices/pump-6", { account: "north", history: "along", tags: ["roof"] });
    const { seq: moved } = await get<{ seq: number }>(`/api/history/summary?at=${new Date().toISOString()}`);
    // On a busy machine, a historian may answer 503 until it has read the moves.
    await eventually(async () => expect(await ids(north, registered)).toEqual(["pump-6"]));
    await eventually(async () => expect(await ids(main)).toEqual([along]));
    await eventually(async () => expect(await ids(roof)).toEqual([along]));
    expect(await ids(roof, registered)).toEqual(["pump-6"]);
    expect(await ids(north, moved)).toEqual([stays, "pump-6"]);
    const hidden = await north.call<Problem>("GET", `/api/history/devices/${stays}?at=${early}`);
    expect(hidden).toMatchObject({ status: 404, body: { code: "device-unknown" } });
    expect((await get<FleetSummary>(`/api/history/summary?at=${early}`, north)).total).toBe(0);
    expect(await get(`/api/history/views/commands.list?at=${moved}`, north)).toMatchObject({ result: { items: [] } });
  });
});

describe("a replay", () => {
  type Message = {
    readonly type: string;
    readonly state?: string;
    readonly at?: string;
    readonly seq?: number;
    readonly code?: string;
    readonly items?: readonly { readonly seq: number; readonly stream: string; readonly type: string }[];
  };

  async function begin(by: Api, body: object): Promise<Replay> {
    const { status, body: replay } = await by.call<Replay>("POST", "/api/history/replays", body);
    expect(status).toBe(201);
    return replay;
  }

  async function open(by: Api, { stream }: Replay) {
    const socket = new WebSocket(by.url.replace("http", "ws") + stream, {
      headers: { authorization: `Bearer ${by.token}` },
    });
    const messages: Message[] = [];
    socket.on("message", (data) => void messages.push(JSON.parse(String(data))));
    const closed = once(socket, "close").then(([code]) => code as number);
    await once(socket, "open");
    const events = () => messages.flatMap(({ items = [] }) => items);
    return {
      ...{ socket, closed, messages, events },
      fleet: () => events().flatMap(({ stream: one, seq }) => (one === "FLEET" ? [seq] : [])),
      last: () => messages.findLast(({ type }) => type === "position"),
      send: (control: object) => socket.send(JSON.stringify(control)),
    };
  }

  it("sends the events of its span in steps, after a seek, and all at once", async () => {
    const [first, last] = [snapshots[0]?.seq ?? 0, snapshots.at(-1)?.seq ?? 0];
    const span = Array.from({ length: last - first }, (_, i) => first + 1 + i);
    const replay = await begin(api, { from: first, to: last, speed: 1_000_000 });
    const whole = await open(api, replay);
    await eventually(() => expect(whole.last()).toMatchObject({ state: "ended", seq: last }));
    expect(whole.fleet()).toEqual(span);
    whole.send({ type: "seek", to: last - 2 });
    whole.send({ type: "step", events: 1 });
    await eventually(() => expect(whole.last()).toMatchObject({ state: "paused", seq: last - 1 }));
    expect(whole.fleet()).toEqual([...span, last - 1]);
    whole.send({ type: "seek", to: last + 1 });
    await eventually(() => expect(whole.messages.at(-1)).toMatchObject({ type: "problem", code: "invalid-request" }));
    whole.send({ type: "play" });
    await eventually(() => expect(whole.last()).toMatchObject({ state: "ended" }));
    expect(whole.fleet()).toEqual([...span, last - 1, last]);
    whole.socket.close();
    const slow = await open(api, await begin(api, { from: first, to: last, speed: 0.001, device: "pump-1" }));
    slow.send({ type: "step", events: 1_000 });
    await eventually(() => expect(slow.last()).toMatchObject({ state: "ended" }));
    expect(slow.events().map(({ type }) => type)).toEqual(
      expect.arrayContaining(["SessionOpened", "DeviceEventReported", "CommandIssued", "SessionClosed"]),
    );
    expect(slow.events().every(({ type }) => type !== "DeviceRetired")).toBe(true);
    slow.socket.close();
  });

  it("sends only what its caller may see today, and ends with the caller's access", async () => {
    const { key, id } = (
      await api.call<CreatedApiKey>("POST", "/api/api-keys", {
        ...{ name: "nobody's devices", role: "analyst", tags: ["nobody"] },
      })
    ).body;
    const nobody = new Api(api.url, key);
    const url = (replay: Replay) => api.url.replace("http", "ws") + replay.stream;
    expect((await nobody.call("POST", "/api/history/replays", { from: 1, device: "pump-3" })).status).toBe(404);
    const ofDevice = await begin(api, { from: 1, device: "pump-3" });
    const headers = { authorization: `Bearer ${key}` };
    expect((await refusalOf(url(ofDevice), { headers })).status).toBe(404);
    const replay = await begin(api, { from: 1, to: snapshots.at(-1)?.seq, speed: 1_000_000 });
    expect((await refusalOf(url(replay))).status).toBe(401);
    const empty = await open(nobody, replay);
    await eventually(() => expect(empty.last()).toMatchObject({ state: "ended" }));
    expect(empty.events()).toEqual([]);
    await api.call("DELETE", `/api/api-keys/${id}`);
    expect(await empty.closed).toBe(1008);
    const viewer = await personWith("viewer", {});
    expect((await refusalOf(url(replay), { headers: { authorization: `Bearer ${viewer.token}` } })).status).toBe(403);
    for (const id of ["x", "W10", replay.id.slice(4)])
      expect(
        (
          await refusalOf(url({ ...replay, stream: `/api/history/replays/${id}/stream` }), {
            headers: { authorization: `Bearer ${api.token}` },
          })
        ).status,
      ).toBe(404);
  });
});

describe("a replay as a simulated fleet", () => {
  it("makes its devices repeat their actions; a repeated run adds nothing", async () => {
    const last = snapshots.at(-1)?.seq ?? 0;
    const installation = { url: api.url, key: stack.adminToken };
    const said: string[] = [];
    const options = {
      ...{ source: installation, target: installation, from: 1, to: last, speed: 1_000_000, prefix: "again-" },
      ...{ group: undefined, devices: [], replaceTokens: false, folder: join(stack.dataDir, "replay") },
    };
    const replay = (dryRun = false) =>
      replayFleet({ ...options, dryRun }, { say: (line) => said.push(line), signal: new AbortController().signal });
    const { counts: planned } = await replay(true);
    expect(planned).toMatchObject({ registered: 3, connections: 1, telemetry: 1, events: 1, refused: 0 });
    expect(await api.device("again-pump-1")).toMatchObject({ status: 404 });

    const { complete, counts } = await replay();
    expect({ complete, counts: counts.text }, said.join("\n")).toEqual({ complete: true, counts: planned.text });
    const reports = async () => {
      const events = await api.events("again-pump-1", "&order=asc");
      return events.filter(({ type }) => type === "TelemetryReported" || type === "DeviceEventReported");
    };
    await eventually(async () =>
      expect(await api.device("again-pump-1")).toMatchObject({
        name: "Pump 1",
        tags: ["roof"],
        status: "disconnected",
      }),
    );
    expect(await api.device("again-pump-2")).toMatchObject({ name: "Renamed", status: "never-connected" });
    const once = await reports();
    expect(once).toHaveLength(2);
    expect(once).toContainEqual(
      expect.objectContaining({
        ...{ id: "again-pump-1:b1:1", devicetime: "2026-01-31T03:00:00.000Z" },
        data: { data: { celsius: 20 }, boot: "b1", seq: 1 },
      }),
    );
    expect(once).toContainEqual(
      expect.objectContaining({ data: expect.objectContaining({ name: "opened", data: { valve: 7 } }) }),
    );
    const again = await replay();
    expect(again.counts).toMatchObject({ registered: 0, known: 3, telemetry: 1, events: 1, refused: 0 });
    expect(await reports()).toEqual(once);
  });
});

describe("historians that are killed and restarted", () => {
  it("give the same answers afterwards, and 503 meanwhile", async () => {
    const [first, second] = stack.historians;
    await first?.process.kill();
    await expectThePast();
    await second?.process.kill();
    const away = await api.call<Problem>("GET", "/api/history/summary?at=1");
    expect(away).toMatchObject({ status: 503, body: { code: "history-unavailable" } });
    await first?.restart();
    await expectThePast();
    await second?.restart();
    expect(await first?.process.stop()).toBe(0);
    await expectThePast();
  }, 120_000);

  it("are listed with their progress", async () => {
    await eventually(async () => {
      const { historians = [] } = await get<SystemResource>("/api/system");
      expect(historians).toContainEqual(expect.objectContaining({ id: "historian-2", lag: 0 }));
    });
    expect((await api.call<string>("GET", "/metrics")).body).toContain(
      'fleetlog_history_lag_events{historian="historian-2"} 0',
    );
  });
});
