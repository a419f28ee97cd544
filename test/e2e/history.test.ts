import { createHash } from "node:crypto";
import type { Scope } from "@fleetlog/domain";
import type { DeviceDetail, DevicePage, FleetSummary, Problem, SystemResource } from "@fleetlog/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Api } from "../support/api.ts";
import { connectMqttDevice } from "../support/devices/mqtt.ts";
import { eventually } from "../support/eventually.ts";
import { publishRaw } from "../support/raw-nats.ts";
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

const get = async <Body>(path: string, by = api) => (await by.call<Body>("GET", path)).body;
const lastSeq = async () => {
  const { streams, projectors } = await get<SystemResource>("/api/system");
  const seq = streams.find(({ name }) => name === "FLEET")?.lastSeq ?? 0;
  expect(projectors[0]?.seq).toBe(seq);
  return seq;
};

/** The live answers, of which all have the same newest event. */
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
  it("is what the live calls answered then", async () => {
    expect(new Set(snapshots.map(({ list }) => JSON.stringify(list))).size).toBe(4);
    await expectThePast();
  });

  it("has all events of the log at once", async () => {
    await api.register("pump-4");
    const now = await get<DevicePage>(`/api/history/devices?at=${new Date().toISOString()}&search=pump-4`);
    expect(now.items).toMatchObject([{ id: "pump-4" }]);
  });

  it("keeps the first page's moment on all pages", async () => {
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
    expect(ids).toEqual(["pump-1", "pump-3", "pump-4"]);
  });
});

describe("access to the past", () => {
  it("has the devices that the caller may see today", async () => {
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
    // A historian may judge by rows that are a second old.
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

describe("historians that end", () => {
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
  });

  it("are listed with how far they are", async () => {
    await eventually(async () => {
      const { historians = [] } = await get<SystemResource>("/api/system");
      expect(historians).toContainEqual(expect.objectContaining({ id: "historian-2", lag: 0 }));
    });
    expect((await api.call<string>("GET", "/metrics")).body).toContain(
      'fleetlog_history_lag_events{historian="historian-2"} 0',
    );
  });
});
