import { CATEGORIES, type RecordedEvent, type Scope } from "@fleetlog/domain";
import { History } from "@fleetlog/projections/fixtures";
import type { Chain, ChainRequest } from "@fleetlog/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { StoredAsOf } from "../as-of/stored-as-of.ts";
import type { Call } from "../requests/calls.ts";
import type { HistoryStore } from "../store/history-store.ts";
import { ownedIn } from "../testing/owned.ts";
import { feed, openStores, workspace } from "../testing/stores.ts";
import { chainCall } from "./call.ts";
import { Causation } from "./causation.ts";

const history = new History();
const causes = new Map<RecordedEvent, RecordedEvent>();
const caused = (event: RecordedEvent, by: RecordedEvent): RecordedEvent => {
  causes.set(event, by);
  return event;
};

for (const device of ["d1", "d2", "d3"]) history.register(device);
const started = history.gateway("GatewayStarted");
const sessions = ["d1", "d2", "d3"].map((device) => history.open(device));
const issued = history.add(
  "d1",
  {
    type: "CommandIssued",
    data: { command: "c1", device: "d1", name: "flush", deadline: "2026-02-01T00:00:00.000Z", by: "ada" },
  },
  "c1/issued",
);
const delivered = caused(history.deliver("d1", "c1", sessions[0]?.seq ?? 0), issued);
const completed = caused(history.complete("d1", "c1", sessions[0]?.seq ?? 0, "done"), delivered);
const group = history.add("all", {
  type: "GroupDefined",
  data: { name: "all", definition: { filter: {}, configuration: { interval: 5 }, priority: 1 }, by: "ada" },
});
const configured = ["d1", "d2", "d3"].map((device) => {
  const values = { interval: 5 };
  const data = { device, revision: 1, values, own: {}, defaults: [{ from: "group:all", values }], by: "system" };
  return caused(history.add(device, { type: "ConfigurationSet", data }), group);
});
const lost = caused(history.gateway("GatewayLost"), started);
const moved = history.add("d2", {
  type: "DeviceMoved",
  data: { device: "d2", from: "main", to: "south", history: "stays", by: "ada" },
});
// An event of south's device causes an event of main's device, which causes another event of south's device.
const inSouth = caused(
  history.add("d2", { type: "DeviceRenamed", data: { device: "d2", name: "Two", by: "ada" } }),
  moved,
);
const inMain = caused(
  history.add("d1", { type: "DeviceRenamed", data: { device: "d1", name: "One", by: "ada" } }),
  inSouth,
);
const again = caused(history.add("d2", { type: "DeviceNameRemoved", data: { device: "d2", by: "ada" } }), inMain);
const person = history.add("p1", {
  type: "PersonPasswordChanged",
  data: { person: "p1", by: "p1" },
} as unknown as Parameters<typeof history.add>[1]);
const circle = history.add("d3", { type: "DeviceRenamed", data: { device: "d3", name: "A", by: "ada" } });
const circled = caused(
  history.add("d3", { type: "DeviceRenamed", data: { device: "d3", name: "B", by: "ada" } }),
  circle,
);
caused(circle, circled);
for (const device of ["d1", "d3"]) history.open(device, "g2", "i2");
const lostToo = history.gateway("GatewayLost", "g2", "i2");
const renamed = caused(
  history.add("d1", { type: "DeviceRenamed", data: { device: "d1", name: "Uno", by: "ada" } }),
  lostToo,
);
const events = history.events.map((event) => {
  const by = causes.get(event);
  return by === undefined ? event : ({ ...event, causationid: by.id } as RecordedEvent);
});

let place: Awaited<ReturnType<typeof workspace>>;
let asOf: StoredAsOf;
let causation: Causation;
let call: Call;
let stores: Awaited<ReturnType<typeof openStores>>;

beforeAll(async () => {
  place = await workspace();
  const { duck } = place;
  stores = await openStores(place, { sealEvery: 7 });
  const fleet = stores.get("FLEET") as HistoryStore;
  await feed(fleet, events, 3);
  asOf = new StoredAsOf({ duck, stores, owned: ownedIn(events), goal: () => fleet.seq, now: Date.now });
  causation = new Causation(duck, fleet);
  const newest = { seq: fleet.seq, at: "" };
  call = chainCall({ causation, devices: asOf, moments: { newest: async () => newest } });
});
afterAll(async () => {
  await causation.close();
  await asOf.close();
  for (const store of stores.values()) await store.close();
  place.remove();
});

const READABLE = CATEGORIES.filter((one) => one !== "person");
const ask = async (request: Omit<ChainRequest, "categories"> & Partial<ChainRequest>): Promise<Chain> =>
  JSON.parse((await call.answer({ categories: READABLE, ...request } as never)) as string);
const ids = ({ nodes }: Chain, kind = "event") => nodes.filter((node) => node.kind === kind).map(({ id }) => id);

describe("a chain", () => {
  it("of a command includes its delivery and result, requested by the command's id or by any of its events", async () => {
    const path = [issued.id, delivered.id, completed.id];
    for (const id of ["c1", ...path]) {
      const found = await ask({ id });
      expect(found).toMatchObject({ start: id === "c1" ? issued.id : id, truncated: false });
      expect(ids(found)).toEqual(path);
      expect(found.edges).toEqual([
        { from: issued.id, to: delivered.id },
        { from: delivered.id, to: completed.id },
      ]);
    }
    const [first] = (await ask({ id: "c1" })).nodes;
    expect(first).toMatchObject({ seq: issued.seq, type: "CommandIssued", device: "d1", detail: "flush" });
  });

  it("of a lost gateway includes the devices that the loss disconnected", async () => {
    const found = await ask({ id: lost.id });
    expect(ids(found)).toEqual([started.id, lost.id]);
    const gone = found.nodes.filter(({ kind }) => kind === "change").filter(({ change }) => change === "status");
    expect(gone).toEqual(
      ["d1", "d2", "d3"].map((device) => ({
        ...{ id: `${lost.seq}/${device}/status`, kind: "change", seq: lost.seq, device, change: "status" },
        ...{ before: "connected", after: "disconnected" },
      })),
    );
    for (const { id } of gone) expect(found.edges).toContainEqual({ from: lost.id, to: id });
  });

  it("lists the changes by the event before the changes by its causes, so that a limit leaves out the latter", async () => {
    const changed = async (limit?: number) =>
      (await ask({ id: renamed.id, ...(limit && { limit }) })).nodes
        .filter(({ kind }) => kind === "change")
        .map(({ seq, device, change }) => [seq, device, change]);
    expect(await changed(3)).toEqual([[renamed.seq, "d1", "name"]]);
    const status = ["d1", "d3"].map((device) => [lostToo.seq, device, "status"]);
    expect(await changed()).toEqual([[renamed.seq, "d1", "name"], ...status]);
  });

  it("of a group's definition includes the configuration that a reaction set for each device", async () => {
    const found = await ask({ id: group.id });
    expect(ids(found)).toEqual([group.id, ...configured.map(({ id }) => id)]);
    expect(found.nodes.filter(({ kind }) => kind === "change").map(({ device, after }) => [device, after])).toEqual([
      ...["d1", "d2", "d3"].map((device) => [device, 5]),
    ]);
  });

  it("is cut at a maximum depth and number of nodes, and says so", async () => {
    expect(ids(await ask({ id: "c1", depth: 1 }))).toEqual([issued.id, delivered.id]);
    expect((await ask({ id: "c1", depth: 1 })).truncated).toBe(true);
    expect(await ask({ id: "c1", depth: 2 })).toMatchObject({ truncated: false });
    expect(ids(await ask({ id: completed.id, depth: 1 }))).toEqual([delivered.id, completed.id]);
    for (const limit of [1, 2, 3, 4, 5, 6]) {
      const found = await ask({ id: group.id, limit });
      expect([found.nodes.length, found.truncated]).toEqual([limit, true]);
    }
    expect(await ask({ id: group.id, limit: 7 })).toMatchObject({ truncated: false });
  });

  it("ends if causes form a cycle", async () => {
    expect(ids(await ask({ id: circle.id }))).toEqual([circle.id, circled.id]);
  });
});

describe("the caller's scope", () => {
  const main: Scope = { accounts: ["main"] };
  const south: Scope = { accounts: ["south"] };

  it("leaves out events and changes of other devices", async () => {
    const found = await ask({ id: lost.id, scope: main });
    expect(found.nodes.map(({ device }) => device).filter((device) => device !== undefined)).not.toContain("d2");
    expect(found.nodes.filter(({ change }) => change === "status")).toHaveLength(2);
    // South sees d2 only from its move on.
    expect((await ask({ id: lost.id, scope: south })).nodes.map(({ kind }) => kind)).toEqual(["event", "event"]);
    expect(ids(await ask({ id: group.id, scope: main }))).toEqual([group.id, configured[0]?.id, configured[2]?.id]);
  });

  it("shows a hidden event between two visible ones, but not its content", async () => {
    const found = await ask({ id: moved.id, scope: south });
    expect(ids(found)).toEqual([moved.id, inSouth.id, again.id]);
    const [hidden] = ids(found, "hidden");
    expect(found.nodes.find(({ kind }) => kind === "hidden")).toEqual({ id: hidden, kind: "hidden" });
    expect(found.edges.slice(0, 3)).toEqual([
      { from: moved.id, to: inSouth.id },
      { from: inSouth.id, to: hidden },
      { from: hidden, to: again.id },
    ]);
    expect(JSON.stringify(found)).not.toContain(inMain.id);
    const whole = await ask({ id: moved.id, scope: { accounts: ["main", "south"] } });
    expect(ids(whole)).toEqual([moved.id, inSouth.id, inMain.id, again.id]);
  });

  it("answers for hidden events as for unknown ones", async () => {
    const refused = (id: string) => ({ code: "not-found", field: "id", message: `there is no event or command ${id}` });
    for (const [id, scope] of [
      ["nothing", undefined],
      [inMain.id, south],
      ["c1", south],
      [group.id, { tags: ["roof"] }],
      [person.id, undefined],
    ] as const) {
      await expect(ask({ id, ...(scope && { scope }) })).rejects.toMatchObject(refused(id));
    }
    expect(ids(await ask({ id: person.id, categories: CATEGORIES }))).toEqual([person.id]);
  });

  it("hides events of categories that the caller may not read", async () => {
    const categories = READABLE.filter((one) => one !== "group");
    await expect(ask({ id: group.id, categories })).rejects.toMatchObject({ code: "not-found" });
    const found = await ask({ id: configured[0]?.id ?? "", categories });
    expect(ids(found)).toEqual([configured[0]?.id]);
    expect(found.nodes.find(({ kind }) => kind === "hidden")).toEqual({ id: "hidden-1", kind: "hidden" });
  });
});
