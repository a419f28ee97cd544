import type { Chain, Diff, FleetSummary, Problem, SystemResource } from "@fleetlog/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectMqttDevice } from "../support/devices/mqtt.ts";
import { eventually } from "../support/eventually.ts";
import { type Stack, startStack } from "../support/stack.ts";

const PUMPS = ["pump-1", "pump-2", "pump-3"];

let stack: Stack;
/** FLEET sequences. */
let connected = 0;
let lost = 0;
/** A command's id. */
let flush = "";

const get = async <Body>(path: string) => (await stack.api.call<Body>("GET", path)).body;
const diff = (query: string) => get<Diff>(`/api/history/diff?${query}`);
const lastSeq = async () =>
  (await get<SystemResource>("/api/system")).streams.find(({ name }) => name === "FLEET")?.lastSeq ?? 0;

beforeAll(async () => {
  stack = await startStack({ gateways: 2, historians: 1 });
  const { api } = stack;
  const [, second] = stack.gateways;
  const at = { httpPort: second?.httpPort ?? 0, mqttPort: second?.mqttPort ?? 0 };
  await api.call("PUT", "/api/groups/north", { filter: { tag: "north" } });
  for (const device of PUMPS) {
    const token = await api.register(device, { tags: device === "pump-3" ? [] : ["north"] });
    await connectMqttDevice(5)({ ...at, device, token, onCommand: () => ({ done: true }) });
  }
  flush = (await api.command("pump-1", { name: "flush" }, "?wait=10s")).body.id;
  await eventually(async () =>
    expect((await get<FleetSummary>("/api/devices/summary")).byStatus.connected).toBe(PUMPS.length),
  );
  connected = await lastSeq();
  await second?.process.kill();
  await eventually(async () =>
    expect((await get<FleetSummary>("/api/devices/summary")).byStatus.disconnected).toBe(PUMPS.length),
  );
  await api.call("PATCH", "/api/devices/pump-2", { name: "Main pump" });
  await api.call("PUT", "/api/devices/pump-2/configuration", { values: { interval: 10 } });
  const [, ended] = (await api.events("pump-1", "&with=gateways")).filter(({ type }) => /^Session|^Gateway/.test(type));
  expect(ended?.type).toBe("GatewayLost");
  lost = ended?.seq ?? 0;
});
afterAll(() => stack[Symbol.asyncDispose]());

describe("what changed between two moments", () => {
  it("groups the devices of a killed gateway by its end, and the others by the operator", async () => {
    const found = await diff(`from=${connected}`);
    expect(found.causes).toEqual([
      { kind: "gateway-death", by: "gateway-2", changes: 3, devices: 3, firstSeq: lost, lastSeq: lost },
      {
        kind: "operator",
        by: "admin",
        changes: 2,
        devices: 1,
        firstSeq: expect.any(Number),
        lastSeq: expect.any(Number),
      },
    ]);
    expect(found.items).toMatchObject([
      { device: "pump-2", change: "configuration.desired/interval", before: null, after: 10 },
      { device: "pump-2", change: "name", before: null, after: "Main pump", cause: { kind: "operator", by: "admin" } },
      ...PUMPS.map((device) => ({
        ...{ device, change: "status", before: "connected", after: "disconnected" },
        events: [{ seq: lost, type: "GatewayLost" }],
      })),
    ]);
    const [{ events } = { events: [] }] = found.items;
    const [own] = (await stack.api.events("pump-2")).filter(({ type }) => type === "ConfigurationSet");
    expect(events).toEqual([{ seq: own?.seq, id: own?.id, type: own?.type, time: own?.time }]);
  });

  it("can be limited to a group, a device or a cause, in pages", async () => {
    const of = async (query: string) => (await diff(`from=${connected}&${query}`)).items.map(({ device }) => device);
    expect(await of("group=north&change=status")).toEqual(["pump-1", "pump-2"]);
    expect(await of("device=pump-3")).toEqual(["pump-3"]);
    expect(await of("cause=gateway-death&by=gateway-2")).toEqual(PUMPS);
    const first = await diff(`from=${connected}&limit=3`);
    await stack.api.call("PATCH", "/api/devices/pump-3", { name: "Later" });
    const second = await diff(`from=${connected}&limit=3&cursor=${first.next}`);
    expect(second).toMatchObject({ to: first.to, total: 5, next: null });
    expect([...first.items, ...second.items].map(({ change }) => change)).toHaveLength(5);
    expect(await of("device=pump-3&change=name")).toEqual(["pump-3"]);
  });

  it("names the field of an invalid request", async () => {
    const refused = async (query: string) => (await stack.api.call<Problem>("GET", `/api/history/diff?${query}`)).body;
    expect(await refused("from=1&to=99999999")).toMatchObject({ status: 400, field: "to" });
    expect(await refused(`from=${connected}&to=1`)).toMatchObject({ status: 400, field: "from" });
    expect(await refused("from=1&group=nowhere")).toMatchObject({ status: 404, code: "group-unknown", field: "group" });
    expect(await refused("from=1&device=pump-9")).toMatchObject({ code: "device-unknown", field: "device" });
  });
});

describe("what caused it", () => {
  const chain = (id: string, query = "") => get<Chain>(`/api/history/chain/${encodeURIComponent(id)}${query}`);
  const eventsIn = ({ nodes }: Chain) => nodes.filter(({ kind }) => kind === "event");
  const changesIn = ({ nodes }: Chain) =>
    nodes.filter(({ kind }) => kind === "change").map(({ device, change, after }) => [device, change, after]);

  it("is the command of one gateway, for the result of a device at another", async () => {
    const found = await chain(flush);
    expect(eventsIn(found)).toMatchObject([
      { type: "CommandIssued", gateway: "gateway-1", device: "pump-1", detail: "flush", cause: { by: "admin" } },
      { type: "CommandDelivered", gateway: "gateway-2" },
      { type: "CommandCompleted", gateway: "gateway-2" },
    ]);
    const [issued = "", delivered = "", completed = ""] = eventsIn(found).map(({ id }) => id);
    expect(found).toMatchObject({
      start: issued,
      truncated: false,
      edges: [
        { from: issued, to: delivered },
        { from: delivered, to: completed },
      ],
    });
    expect(await chain(completed)).toEqual({ ...found, start: completed });
  });

  it("is the end of a gateway, for three disconnected devices", async () => {
    const [
      {
        events: [{ id = "" } = {}],
      } = { events: [] },
    ] = (await diff(`from=${connected}&cause=gateway-death`)).items;
    const found = await chain(id);
    expect(eventsIn(found)).toMatchObject([
      { type: "GatewayStarted", gateway: "gateway-2" },
      { type: "GatewayLost", seq: lost, gateway: "gateway-2" },
    ]);
    expect(changesIn(found)).toEqual(PUMPS.map((device) => [device, "status", "disconnected"]));
    const text = await get<string>(`/api/history/chain/${encodeURIComponent(id)}?as=mermaid`);
    expect(text).toContain("flowchart LR");
    for (const device of PUMPS) expect(text).toContain(`("${device}: status`);
  });

  it("is a group's definition, for the configuration of its devices", async () => {
    const filter = { tag: "north" };
    await stack.api.call("PUT", "/api/groups/north", { filter, configuration: { speed: 3 }, priority: 1 });
    await eventually(async () => {
      const { items } = await diff(`from=${connected}&change=configuration.desired/speed`);
      expect(items.toSorted((a, b) => (a.device < b.device ? -1 : 1))).toMatchObject([
        { device: "pump-1", after: 3, cause: { kind: "reaction", by: "configuration" } },
        { device: "pump-2", after: 3, cause: { kind: "reaction", by: "configuration" } },
      ]);
      const found = await chain(items[0]?.events[0]?.id ?? "");
      const [{ id, type } = { id: "", type: "" }] = eventsIn(found);
      expect(type).toBe("GroupDefined");
      expect(changesIn(await chain(id)).sort()).toEqual([
        ["pump-1", "configuration.desired/speed", 3],
        ["pump-2", "configuration.desired/speed", 3],
      ]);
    });
  });

  it("is answered with 404 for an unknown event", async () => {
    const { body } = await stack.api.call<Problem>("GET", "/api/history/chain/nothing");
    expect(body).toMatchObject({ status: 404, code: "not-found", field: "id" });
  });
});
