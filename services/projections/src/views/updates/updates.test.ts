import type { CatalogueFailure, FoundUpdate } from "@fleetlog/domain";
import type { ListUpdatesQuery } from "@fleetlog/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { answer } from "../../fixtures/asking.ts";
import { History } from "../../fixtures/history.ts";
import { ViewStore } from "../../store/store.ts";
import { FLEET_PROJECTIONS } from "../index.ts";

const SCAN = "2b4e1f6c-8a0d-4c3e-9f57-6d1b2a3c4e5f";
const askedAt = "2026-01-01T00:00:00.000Z";
const failure: CatalogueFailure = { catalogue: "moxa", reason: "it answered 500", askedAt };

let history: History;
let store: ViewStore;
beforeEach(() => {
  history = new History();
  store = new ViewStore({ path: ":memory:", projections: FLEET_PROJECTIONS });
});
afterEach(() => store.close());

function built(): ViewStore {
  store.apply(history.events.splice(0), history.seq);
  store.commit();
  return store;
}
const found = (state: FoundUpdate["state"], name = "firmware"): FoundUpdate => ({
  ...{ catalogue: "moxa", package: name, category: name === "firmware" ? "firmware" : "software", state, askedAt },
});
const scanned = (device: string, updates: readonly FoundUpdate[], failures: readonly CatalogueFailure[] = []) =>
  history.add(device, {
    type: "DeviceScanned",
    data: { device, reason: "hand", scan: SCAN, model: "UC", updates, failures },
  });
const start = () =>
  history.add(SCAN, { type: "ScanStarted", data: { scan: SCAN, reason: "hand", to: { filter: {} }, by: "ada" } });
const list = (params: ListUpdatesQuery = {}, tags?: string[]) =>
  answer("updates.list", built(), params, tags === undefined ? undefined : { tags });
const ids = (params: ListUpdatesQuery) => list(params).items.map(({ device }) => device);

describe("the view of updates", () => {
  it("shows a catalogue's failure before everything else, and finds devices by package and state", () => {
    for (const id of ["d1", "d2", "d3", "d4", "d5"]) history.register(id, { tags: id === "d1" ? ["roof"] : [] });
    scanned("d1", [found("up-to-date"), found("blocked", "thingspro")]);
    scanned("d2", [found("up-to-date")], [failure]);
    scanned("d3", [found("available"), found("up-to-date", "thingspro")]);
    scanned("d4", []);
    expect(list()).toMatchObject({ total: 4, byState: { blocked: 1, failed: 1, available: 1, "not-listed": 1 } });
    expect(list().items[1]).toMatchObject({ device: "d2", model: "UC", state: "failed", failures: [failure] });
    expect(ids({ state: "failed" })).toEqual(["d2"]);
    expect(ids({ state: "up-to-date" })).toEqual([]);
    expect(ids({ package: "thingspro" })).toEqual(["d1", "d3"]);
    expect(ids({ package: "thingspro", state: "blocked" })).toEqual(["d1"]);
    expect(ids({ package: "firmware", state: "up-to-date" })).toEqual(["d1", "d2"]);
    expect(ids({ device: "d3" })).toEqual(["d3"]);
    expect(list({ state: "failed" }).byState).toMatchObject({ blocked: 1, available: 1 });
    expect(list({}, ["roof"])).toMatchObject({ total: 1, items: [{ device: "d1" }], byState: { blocked: 1 } });
    const devices = answer("devices.list", built(), { update: "available" });
    expect(devices.items.map(({ id }) => id)).toEqual(["d3"]);
  });

  it("has no retired devices, and none that were moved since they were looked at", () => {
    for (const id of ["d1", "d2", "d3"]) history.register(id);
    for (const id of ["d1", "d2", "d3"]) scanned(id, [found("available")]);
    history.retire("d1");
    history.add("d2", {
      type: "DeviceMoved",
      data: { device: "d2", from: "main", to: "north", history: "along", by: "ada" },
    });
    expect(ids({})).toEqual(["d3"]);
    expect(answer("devices.list", built(), { update: "available" }).total).toBe(1);
    scanned("d2", [found("blocked")]);
    expect(ids({})).toEqual(["d2", "d3"]);
    expect(ids({ account: "north" })).toEqual(["d2"]);
  });

  it("has the versions of devices, for scans", () => {
    history.register("d1");
    history.register("d2");
    history.profile("d1", { model: "UC", firmware: "1.4", thingsproVersion: "2.1", software: { viewer: "3" } });
    expect(answer("updates.held", built(), { ids: ["none", "d2", "d1"] })).toEqual([
      { device: "d2", account: "main", dialect: "native", held: {} },
      {
        device: "d1",
        account: "main",
        dialect: "native",
        model: "UC",
        held: { firmware: "1.4", thingspro: "2.1", viewer: "3" },
      },
    ]);
    history.retire("d1");
    expect(answer("updates.held", built(), { ids: ["d1"] })).toEqual([]);
  });
});

describe("the view of scans", () => {
  it("counts the devices while a scan runs, and has the newest first", () => {
    for (const id of ["d1", "d2"]) history.register(id);
    start();
    scanned("d1", [found("available")]);
    scanned("d2", [], [failure]);
    expect(answer("scans.get", built(), { id: SCAN })).toMatchObject({
      ...{ id: SCAN, state: "running", done: 2, byState: { available: 1, failed: 1 }, startedBy: "ada" },
    });
    history.add(SCAN, { type: "ScanEnded", data: { scan: SCAN, devices: 2 } });
    expect(answer("scans.list", built(), {})).toMatchObject({ total: 1, items: [{ state: "ended", done: 2 }] });
    expect(answer("scans.list", built(), { account: "north" }).total).toBe(0);
    expect(answer("scans.get", built(), { id: "none" })).toBeNull();
  });
});

describe("the view of catalogues", () => {
  it("has no key of a catalogue, but says that there is one", () => {
    const definition = { kind: "tpedm", url: "https://vendor.example", enabled: true, key: "k1" } as const;
    history.add("moxa", { type: "CatalogueDefined", data: { name: "moxa", definition, by: "ada" } });
    const shown = answer("catalogues.get", built(), { name: "moxa", account: "main" });
    expect(shown).toMatchObject({ name: "moxa", kind: "tpedm", has: ["key"] });
    expect(shown).not.toHaveProperty("key");
    history.add("moxa", { type: "CatalogueDeleted", data: { name: "moxa", by: "ada" } });
    expect(answer("catalogues.list", built(), {}).total).toBe(0);
  });
});
