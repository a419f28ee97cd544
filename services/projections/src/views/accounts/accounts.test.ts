import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { answer } from "../../fixtures/asking.ts";
import { History } from "../../fixtures/history.ts";
import { ViewStore } from "../../store/store.ts";
import { FLEET_PROJECTIONS } from "../index.ts";

let history: History;
let store: ViewStore;
const by = "ada";
const NORTH = { accounts: ["north"] };

beforeEach(() => {
  history = new History();
  store = new ViewStore({ path: ":memory:", projections: FLEET_PROJECTIONS });
});
afterEach(() => store.close());

function built(): ViewStore {
  store.apply(history.events, history.seq);
  store.commit();
  return store;
}

const move = (device: string, from: string, to: string, how: "along" | "stays") =>
  history.add(device, { type: "DeviceMoved", data: { device, from, to, history: how, by } });

describe("accounts.list", () => {
  it("lists main first, even in an empty log, then all other accounts by id, with their numbers of devices", () => {
    expect(answer("accounts.list", built(), {})).toEqual([
      { id: "main", name: "Main", limits: {}, devices: 0, seq: 0 },
    ]);
    for (const id of ["south", "north"])
      history.add(id, { type: "AccountCreated", data: { account: id, name: id.toUpperCase(), by } });
    history.add("south", { type: "AccountLimitsChanged", data: { account: "south", limits: { devices: 9 }, by } });
    for (const device of ["a", "b", "c"]) history.register(device);
    move("a", "main", "north", "stays");
    history.retire("b");
    expect(answer("accounts.list", built(), {})).toMatchObject([
      { id: "main", devices: 1 },
      { id: "north", name: "NORTH", limits: {}, devices: 1, createdBy: "ada", seq: 2 },
      { id: "south", limits: { devices: 9 }, devices: 0, seq: 3 },
    ]);
  });
});

describe("a device that has moved", () => {
  beforeEach(() => {
    history.register("a", { name: "A" });
    history.open("a");
    history.issue("a", "old");
  });
  const seen = (scope?: { accounts: string[] }) => {
    const views = built();
    return {
      device: answer("devices.get", views, { id: "a" }, scope),
      commands: answer("commands.list", views, {}, scope).items.map(({ id }) => id),
      one: answer("commands.get", views, { id: "old" }, scope)?.id,
      open: answer("devices.summary", views, {}, scope).openCommands,
    };
  };

  it("is in its present account only, also in lists by account", () => {
    expect(seen({ accounts: ["main"] }).device).toMatchObject({ id: "a", account: "main" });
    move("a", "main", "north", "along");
    expect(seen({ accounts: ["main"] })).toEqual({ device: null, commands: [], one: undefined, open: 0 });
    expect(seen(NORTH)).toMatchObject({ device: { account: "north" }, commands: ["old"], one: "old", open: 1 });
    expect(answer("devices.list", built(), { account: "north" }).total).toBe(1);
    expect(answer("devices.list", built(), { account: "main" }).total).toBe(0);
  });

  it("hides its earlier history from the new account if the history stays behind, but not from people of all accounts", () => {
    const moved = move("a", "main", "north", "stays");
    expect(seen(NORTH)).toMatchObject({
      device: { evidence: [], pendingCommands: [], historyFrom: { seq: moved.seq } },
      commands: [],
      one: undefined,
      open: 0,
    });
    const all = seen();
    expect(all).toMatchObject({ commands: ["old"], one: "old", open: 1 });
    expect(all.device?.evidence).toHaveLength(1);
    history.issue("a", "new");
    expect(seen(NORTH)).toMatchObject({ device: { pendingCommands: [{ id: "new" }] }, commands: ["new"], open: 1 });
  });

  it("stays hidden, once retired, from another account that registers its id", () => {
    history.retire("a");
    history.add("a", { type: "DeviceRegistered", data: { device: "a", tags: [], from: "south", by } });
    expect(seen({ accounts: ["main"] })).toMatchObject({ commands: [], one: undefined });
    expect(seen()).toMatchObject({ commands: ["old"] });
  });
});
