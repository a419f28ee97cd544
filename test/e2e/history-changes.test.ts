import type { Chain, Diff, FleetSummary, Problem, SystemResource } from "@fleetlog/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { StockDevice } from "../support/devices/device.ts";
import { connectMqttDevice } from "../support/devices/mqtt.ts";
import { eventually } from "../support/eventually.ts";
import { type Stack, startStack } from "../support/stack.ts";

const PUMPS = ["pump-1", "pump-2", "pump-3"];
/** The valve is at the first gateway, the pumps are at the second. */
const TAGS = { "pump-1": ["north", "line"], "pump-2": ["north"], "pump-3": ["line"], "valve-1": ["line"] };
const LINE = ["pump-1", "pump-3", "valve-1"];

let stack: Stack;
/** FLEET sequences. */
let connected = 0;
let lost = 0;
/** A command's id. */
let flush = "";
/** Id of the event that gave the group `line` its default configuration. */
let pressure = "";

const get = async <Body>(path: string) => (await stack.api.call<Body>("GET", path)).body;
const diff = (query: string) => get<Diff>(`/api/history/diff?${query}`);
const lastSeq = async () =>
  (await get<SystemResource>("/api/system")).streams.find(({ name }) => name === "FLEET")?.lastSeq ?? 0;

beforeAll(async () => {
  stack = await startStack({ gateways: 2, historians: 1 });
  const { api } = stack;
  const [first, second] = stack.gateways;
  const portsOf = (gateway = first) => ({ httpPort: gateway?.httpPort ?? 0, mqttPort: gateway?.mqttPort ?? 0 });
  const onCommand = () => ({ done: true });
  await api.call("PUT", "/api/groups/north", { filter: { tag: "north" } });
  const devices = new Map<string, StockDevice>();
  for (const [device, tags] of Object.entries(TAGS)) {
    const token = await api.register(device, { tags });
    const ports = portsOf(PUMPS.includes(device) ? second : first);
    devices.set(device, await connectMqttDevice(5)({ ...ports, device, token, onCommand }));
  }
  await api.call("PUT", "/api/groups/line", { filter: { tag: "line" }, configuration: { pressure: 4 } });
  for (const device of LINE) {
    const [set] = await eventually(async () => {
      const events = await api.events(device, "&category=configuration");
      expect(events).toHaveLength(1);
      return events;
    });
    pressure = (set as { readonly causationid?: string } | undefined)?.causationid ?? "";
    await devices.get(device)?.applied(1);
  }
  flush = (await api.command("pump-1", { name: "flush" }, "?wait=10s")).body.id;
  await eventually(async () =>
    expect((await get<FleetSummary>("/api/devices/summary")).byStatus.connected).toBe(devices.size),
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

describe("the differences between two moments", () => {
  it("group changes by cause: the end of a killed gateway, or an operator", async () => {
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

  it("can be limited to a group, a device or a cause, and read in pages", async () => {
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

  it("are refused with the name of the invalid field", async () => {
    const refused = async (query: string) => (await stack.api.call<Problem>("GET", `/api/history/diff?${query}`)).body;
    expect(await refused("from=1&to=99999999")).toMatchObject({ status: 400, field: "to" });
    expect(await refused(`from=${connected}&to=1`)).toMatchObject({ status: 400, field: "from" });
    expect(await refused("from=1&group=nowhere")).toMatchObject({ status: 404, code: "group-unknown", field: "group" });
    expect(await refused("from=1&device=pump-9")).toMatchObject({ code: "device-unknown", field: "device" });
  });
});

describe("the first cause in a chain", () => {
  const chain = (id: string, query = "") => get<Chain>(`/api/history/chain/${encodeURIComponent(id)}${query}`);
  const eventsIn = ({ nodes }: Chain) => nodes.filter(({ kind }) => kind === "event");
  const changesIn = ({ nodes }: Chain) =>
    nodes.filter(({ kind }) => kind === "change").map(({ device, change, after }) => [device, change, after]);

  it("is a command that one gateway accepted, for the result of a device at another gateway", async () => {
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

  it("is a group's definition, for the reports of three devices at two gateways", async () => {
    const found = await chain(pressure);
    const events = eventsIn(found);
    expect(events[0]).toMatchObject({ id: pressure, type: "GroupDefined", gateway: "gateway-1" });
    const ofType = (wanted: string) =>
      events.filter(({ type }) => type === wanted).toSorted((a, b) => ((a.device ?? "") < (b.device ?? "") ? -1 : 1));
    const sets = ofType("ConfigurationSet");
    const reports = ofType("ConfigurationReported");
    expect(sets.map(({ device }) => device)).toEqual(LINE);
    expect(reports.map(({ device, gateway }) => [device, gateway])).toEqual([
      ["pump-1", "gateway-2"],
      ["pump-3", "gateway-2"],
      ["valve-1", "gateway-1"],
    ]);
    expect(found).toMatchObject({ truncated: false });
    for (const [i, { id }] of sets.entries()) {
      expect(found.edges).toContainEqual({ from: pressure, to: id });
      expect(found.edges).toContainEqual({ from: id, to: reports[i]?.id });
    }
    expect(await chain(reports[0]?.id ?? "")).toMatchObject({ nodes: expect.arrayContaining(events.slice(0, 1)) });
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
