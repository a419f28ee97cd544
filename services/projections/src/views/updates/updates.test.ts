import { type Catalogue, type CatalogueFailure, type FoundUpdate, NOT_ASKED } from "@fleetlog/domain";
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
    expect(list()).toMatchObject({
      total: 4,
      byState: { blocked: 1, failed: 1, available: 1, "not-listed": 1, never: 1 },
    });
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

  it("counts and finds the updates of a device even if a catalogue fails for the device", () => {
    for (const id of ["d1", "d2", "d3", "d4"]) history.register(id);
    scanned("d1", [found("available"), found("blocked", "thingspro")], [failure]);
    scanned("d2", [found("up-to-date")], [failure]);
    scanned("d3", [found("available")]);
    scanned("d4", [found("blocked")], [failure]);
    expect(list().byState).toEqual({ failed: 3, available: 2, blocked: 1, never: 0 });
    expect(ids({ state: "available" })).toEqual(["d1", "d3"]);
    expect(ids({ state: "blocked" })).toEqual(["d4"]);
    expect(ids({ state: "failed" })).toEqual(["d1", "d2", "d4"]);
    expect(ids({ state: "up-to-date" })).toEqual([]);
    expect(list().items[0]).toMatchObject({ device: "d1", state: "failed" });
    expect(answer("devices.list", built(), { update: "available" }).items.map(({ id }) => id)).toEqual(["d1", "d3"]);
  });

  it("counts for each state of a package the devices that a filter by this state finds", () => {
    for (const id of ["d1", "d2"]) history.register(id);
    scanned("d1", [found("available"), found("blocked", "thingspro")], [failure]);
    scanned("d2", [found("available", "thingspro")]);
    expect(list({ package: "thingspro" }).byState).toEqual({ failed: 1, available: 1, blocked: 1 });
    expect(ids({ package: "thingspro", state: "failed" })).toEqual(["d1"]);
    expect(ids({ package: "thingspro", state: "blocked" })).toEqual(["d1"]);
    expect(ids({ package: "thingspro", state: "available" })).toEqual(["d2"]);
  });

  it("finds devices by words, model and group, sorts them, and skips to a page", () => {
    for (const id of ["d1", "d2", "d3", "d4"]) history.register(id, { tags: id === "d4" ? [] : ["roof"] });
    for (const id of ["d1", "d2", "d3"]) history.profile(id, { model: id === "d2" ? "UC-2" : "UC-1" });
    const definition = { filter: { tag: "roof", status: "never-connected" } } as const;
    history.add("roof", { type: "GroupDefined", data: { name: "roof", definition, by: "ada" } });
    scanned("d3", [found("up-to-date")]);
    scanned("d1", [found("available")]);
    scanned("d2", [], [failure]);
    scanned("d4", [found("blocked")]);
    expect(ids({ model: "UC-1" })).toEqual(["d1", "d3"]);
    expect(ids({ group: "roof", state: "available" })).toEqual(["d1"]);
    expect(list({ group: "roof" })).toMatchObject({ total: 3, byState: { failed: 1, available: 1, never: 0 } });
    expect(() => list({ group: "none" })).toThrow("there is no group none");
    expect(ids({ search: "d UC-2" })).toEqual(["d2"]);
    expect(ids({ sort: "state" })).toEqual(["d2", "d1", "d4", "d3"]);
    expect(ids({ sort: "-lookedAt" })).toEqual(["d4", "d2", "d1", "d3"]);
    expect(ids({ sort: "model" })).toEqual(["d1", "d3", "d2", "d4"]);
    expect(ids({ sort: "-id", offset: 1, limit: 2 })).toEqual(["d3", "d2"]);
    const { next } = list({ sort: "state", limit: 3 });
    expect(ids({ sort: "state", cursor: next ?? "" })).toEqual(["d3"]);
  });

  it("lists devices that were never compared only on request", () => {
    for (const id of ["d1", "d2", "d3"]) history.register(id, { tags: id === "d3" ? ["roof"] : [] });
    history.profile("d2", { model: "UC-2" });
    scanned("d1", [found("available")]);
    expect(ids({})).toEqual(["d1"]);
    expect(list({ state: "never" })).toMatchObject({
      total: 2,
      items: [
        { device: "d2", model: "UC-2", state: "never", updates: [], failures: [] },
        { device: "d3", state: "never" },
      ],
      byState: { available: 1, never: 2 },
    });
    expect(list({ state: "never" }).items[0]).not.toHaveProperty("lookedAt");
    expect(ids({ state: "never", model: "UC-2" })).toEqual(["d2"]);
    expect(ids({ state: "never", sort: "-id" })).toEqual(["d3", "d2"]);
    expect(list({ state: "never" }, ["roof"])).toMatchObject({ total: 1, byState: { never: 1 } });
    expect(ids({ state: "never", package: "firmware" })).toEqual([]);
    expect(list({ package: "firmware" }).byState).toEqual({ available: 1 });
    expect(answer("devices.list", built(), { update: "never" }).items.map(({ id }) => id)).toEqual(["d2", "d3"]);
    const moved = { device: "d1", from: "main", to: "north", history: "along", by: "ada" } as const;
    history.add("d1", { type: "DeviceMoved", data: moved });
    expect(ids({ state: "never" })).toEqual(["d1", "d2", "d3"]);
  });

  it("has neither retired devices nor devices that were moved after their last scan", () => {
    for (const id of ["d1", "d2", "d3"]) history.register(id);
    for (const id of ["d1", "d2", "d3"]) scanned(id, [found("available")]);
    history.retire("d1");
    history.add("d2", {
      type: "DeviceMoved",
      data: { device: "d2", from: "main", to: "north", history: "along", by: "ada" },
    });
    expect(ids({})).toEqual(["d3"]);
    const of = () => answer("updates.found", built(), { ids: ["d3", "none", "d2", "d1"] });
    expect(of()).toEqual(list({}).items);
    expect(answer("devices.list", built(), { update: "available" }).total).toBe(1);
    scanned("d2", [found("blocked")]);
    expect(ids({})).toEqual(["d2", "d3"]);
    expect(of().map(({ device }) => device)).toEqual(["d3", "d2"]);
    expect(ids({ account: "north" })).toEqual(["d2"]);
  });

  it("returns the installed versions of devices, which scans compare", () => {
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
    scanned("d2", [found("available")], [failure]);
    expect(answer("scans.get", built(), { id: SCAN })).toMatchObject({
      ...{ id: SCAN, state: "running", done: 2, byState: { available: 2, failed: 1 }, startedBy: "ada" },
    });
    history.add(SCAN, { type: "ScanEnded", data: { scan: SCAN, devices: 2 } });
    expect(answer("scans.list", built(), {})).toMatchObject({ total: 1, items: [{ state: "ended", done: 2 }] });
    expect(answer("scans.list", built(), { account: "north" }).total).toBe(0);
    expect(answer("scans.get", built(), { id: "none" })).toBeNull();
  });
});

describe("the view of catalogues", () => {
  it("shows that a catalogue has a key, but not the key", () => {
    const definition = { kind: "tpedm", url: "https://vendor.example", enabled: true, key: "k1" } as const;
    history.add("moxa", { type: "CatalogueDefined", data: { name: "moxa", definition, by: "ada" } });
    const shown = answer("catalogues.get", built(), { name: "moxa", account: "main" });
    expect(shown).toMatchObject({ name: "moxa", kind: "tpedm", has: ["key"] });
    expect(shown).not.toHaveProperty("key");
    history.add("moxa", { type: "CatalogueDeleted", data: { name: "moxa", by: "ada" } });
    expect(answer("catalogues.list", built(), {}).total).toBe(0);
  });

  const define = (definition: object = { kind: "tpedm", url: "https://vendor.example", enabled: true }) =>
    history.add("moxa", {
      type: "CatalogueDefined",
      data: { name: "moxa", definition: definition as Catalogue, by: "ada" },
    });
  const scannedAs = (
    model: string,
    data: { updates?: FoundUpdate[]; failures?: CatalogueFailure[]; only?: string[] },
  ) =>
    history.add(model, {
      type: "DeviceScanned",
      data: { device: model, reason: "hand", model, updates: [], failures: [], ...data },
    });
  const at = (minute: number) => `2026-01-01T00:0${minute}:00.000Z`;
  const one = () => answer("catalogues.get", built(), { name: "moxa", account: "main" });

  it("shows a catalogue's last answer, and why the catalogue fails until it answers for the same model", () => {
    const changed = define();
    expect(one()?.health).toEqual({ state: "unused" });
    scannedAs("A", { updates: [{ ...found("available"), askedAt: at(1) }] });
    expect(one()?.health).toEqual({ state: "working", answeredAt: at(1) });
    const failed = { ...failure, category: "software", askedAt: at(2) } as const;
    scannedAs("B", { updates: [{ ...found("available"), askedAt: at(2) }], failures: [failed] });
    const failing = {
      state: "failing",
      answeredAt: at(1),
      failedAt: at(2),
      reason: failure.reason,
      category: "software",
    };
    expect(one()?.health).toEqual({ ...failing, model: "B" });
    scannedAs("C", { failures: [{ ...failure, reason: `${NOT_ASKED}, because it failed 5 times`, askedAt: at(3) }] });
    scannedAs("B", { only: ["other"] });
    expect(one()?.health).toEqual({ ...failing, model: "B" });
    scannedAs("A", { updates: [{ ...found("available"), askedAt: at(4) }] });
    expect(one()?.health).toEqual({ ...failing, answeredAt: at(4), model: "B" });
    expect(one()?.seq).toBe(changed.seq);
    scannedAs("B", { updates: [{ ...found("available"), askedAt: at(5) }] });
    expect(one()?.health).toEqual({ state: "working", answeredAt: at(5) });
  });

  it("forgets a failure with a change of the catalogue, and after an answer without packages", () => {
    define();
    scannedAs("A", { failures: [failure] });
    expect(one()?.health).toMatchObject({ state: "failing" });
    scannedAs("A", {});
    expect(one()?.health).toMatchObject({ state: "working" });
    scannedAs("A", { failures: [{ ...failure, askedAt: "2999-01-01T00:00:00.000Z" }] });
    expect(one()?.health).toMatchObject({ state: "failing" });
    define({ kind: "tpedm", url: "https://other.example", enabled: true });
    expect(one()?.health).toEqual({ state: "unused" });
  });
});
