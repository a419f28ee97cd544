import { type EventBody, type RecordedEvent, streamOf, toEvent } from "@fleetlog/domain";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { answer } from "../../fixtures/asking.ts";
import { ViewStore } from "../../store/store.ts";
import { FLEET_PROJECTIONS } from "../index.ts";

let store: ViewStore;
let seq: number;
beforeEach(() => {
  store = new ViewStore({ path: ":memory:", projections: FLEET_PROJECTIONS });
  seq = 0;
});
afterEach(() => store.close());

function apply(entity: string, body: EventBody): void {
  seq += 1;
  const event = toEvent(body, { id: `e${seq}`, source: "/tests", time: "2026-01-02T03:04:05.000Z", entity });
  store.apply([{ ...event, seq, stream: streamOf("device") } as RecordedEvent], seq);
  store.commit();
}
const register = (device: string, tags: string[]) =>
  apply(device, { type: "DeviceRegistered", data: { device, tags, by: "ada" } });
const set = (device: string, revision: number, values: Readonly<Record<string, unknown>>) =>
  apply(device, { type: "ConfigurationSet", data: { device, revision, values, own: values, defaults: [], by: "ada" } });
const get = (id: string, tags?: string[]) => answer("configuration.get", store, { id }, tags && { tags });

describe("the view of configurations", () => {
  it("shows the differences from the values that the device runs with", () => {
    register("a", []);
    set("a", 1, { x: 1, y: 1 });
    expect(get("a")).toMatchObject({ reported: null, difference: [{ path: "/x" }, { path: "/y" }] });
    apply("a", { type: "ConfigurationReported", data: { device: "a", revision: 1, state: "applied" } });
    expect(get("a")).toMatchObject({ reported: { state: "applied", values: { x: 1, y: 1 } }, difference: [] });
    set("a", 2, { x: 2, y: 1 });
    const error = { message: "busy" };
    apply("a", { type: "ConfigurationReported", data: { device: "a", revision: 2, state: "refused", error } });
    expect(get("a")).toMatchObject({
      revision: 2,
      reported: { revision: 2, state: "refused", error, values: { x: 1, y: 1 } },
      difference: [{ path: "/x", desired: 2, reported: 1 }],
    });
  });

  it("is limited to the devices of a scope", () => {
    register("a", ["roof"]);
    register("b", ["cellar"]);
    for (const device of ["a", "b"]) set(device, 1, { x: 1 });
    expect(get("a", ["roof"])).toMatchObject({ revision: 1 });
    expect(get("b", ["roof"])).toBeNull();
    apply("g", { type: "GroupDefined", data: { name: "g", definition: { filter: {} }, by: "ada" } });
    expect(answer("groups.get", store, { name: "g" })).toMatchObject({ devices: 2 });
    expect(answer("groups.get", store, { name: "g" }, { tags: ["roof"] })).toMatchObject({ devices: 1 });
  });

  it("finds, page by page, the devices that match a default now, and the devices that have its values", () => {
    for (const device of ["a", "b", "c"]) register(device, ["roof"]);
    const values = { x: 1 };
    const definition = { filter: { tag: "roof" }, configuration: values };
    apply("g", { type: "GroupDefined", data: { name: "g", definition, by: "ada" } });
    const concerned = (which: "matching" | "having", after?: string) =>
      answer("configuration.concerned", store, { from: "group:g", which, limit: 2, ...(after && { after }) });
    expect([concerned("matching"), concerned("matching", "b")]).toEqual([["a", "b"], ["c"]]);
    expect(concerned("having")).toEqual([]);
    const defaults = [{ from: "group:g", values }];
    const data = { device: "b", revision: 1, values, own: {}, defaults, by: "ada" };
    apply("b", { type: "ConfigurationSet", data });
    apply("g", { type: "GroupDeleted", data: { name: "g", by: "ada" } });
    expect(concerned("matching")).toEqual([]);
    expect(concerned("having")).toEqual(["b"]);
  });

  it("gives a device's own type, otherwise the type that matches its model, and lists a type's devices", () => {
    for (const device of ["a", "b"]) register(device, []);
    apply("p", { type: "DeviceTypeDefined", data: { name: "p", definition: { model: "P*" }, by: "ada" } });
    apply("q", { type: "DeviceTypeDefined", data: { name: "q", definition: { model: "P1" }, by: "ada" } });
    for (const [device, model] of [
      ["a", "P1"],
      ["b", "P2"],
    ] as const)
      apply(device, { type: "DeviceProfileReported", data: { device, profile: { model } } });
    const devices = (type: string) => answer("devices.list", store, { type }).items.map(({ id }) => id);
    expect([devices("p"), devices("q")]).toEqual([["b"], ["a"]]);
    apply("a", { type: "DeviceTyped", data: { device: "a", deviceType: "p", by: "ada" } });
    expect([devices("p"), devices("q"), devices("none")]).toEqual([["a", "b"], [], []]);
    expect(answer("types.ofDevice", store, { id: "a" })).toMatchObject({ name: "p", devices: 2 });
  });
});
