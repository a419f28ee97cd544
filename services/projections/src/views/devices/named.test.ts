import { beforeEach, expect, it } from "vitest";
import { answer } from "../../fixtures/asking.ts";
import { History } from "../../fixtures/history.ts";
import { ViewStore } from "../../store/store.ts";
import { FLEET_PROJECTIONS } from "../index.ts";

let history: History;
let views: ViewStore;
beforeEach(() => {
  history = new History();
  views = new ViewStore({ path: ":memory:", projections: FLEET_PROJECTIONS });
});

it("the query finds the devices of an account with exactly this name, the oldest first, without retired devices", () => {
  const add = (device: string, name: string, account = "main") => {
    const event = history.register(device, { name });
    history.events.splice(-1, 1, { ...event, account });
  };
  add("d2", "Pump 1");
  add("d1", "Pump 1");
  add("d3", "pump 1");
  add("d4", "Pump 1", "other");
  add("d5", "Pump 1");
  history.retire("d5");
  views.apply(history.events.splice(0), history.seq);
  views.commit();
  const named = (name: string, scope = {}) => answer("devices.named", views, { account: "main", name }, scope);
  expect(named("Pump 1")).toEqual(["d2", "d1"]);
  expect(named("Pump 01")).toEqual([]);
  expect(named("pump 1")).toEqual(["d3"]);
  expect(named("Pump 1", { accounts: ["other"] })).toEqual([]);
});

it("the query finds the devices of a dialect with exactly this client id, the oldest first, without retired devices", () => {
  const add = (device: string, clientId: string, dialect = "tpedm") => {
    const login = { clientId, userName: device };
    history.add(device, { type: "DeviceRegistered", data: { device, tags: [], by: "ada", dialect, login } });
  };
  add("d1", "a/b");
  add("d2", "a/b");
  add("d3", "A/b");
  add("d4", "a/b", "kura");
  add("d5", "a/b");
  history.retire("d5");
  history.add("d1", {
    type: "DeviceLoginChanged",
    data: { device: "d1", login: { clientId: "c", userName: "u" }, by: "ada" },
  });
  views.apply(history.events.splice(0), history.seq);
  views.commit();
  const found = (clientId: string, scope = {}) =>
    answer("devices.withClientId", views, { dialect: "tpedm", clientId }, scope);
  expect(found("a/b")).toEqual(["d2"]);
  expect(found("c")).toEqual(["d1"]);
  expect(found("A/b")).toEqual(["d3"]);
  expect(found("c", { accounts: ["other"] })).toEqual([]);
  const { items } = answer("devices.list", views, { dialect: "tpedm" });
  expect(items.map(({ id, login }) => [id, login?.clientId])).toEqual([
    ["d1", "c"],
    ["d2", "a/b"],
    ["d3", "A/b"],
  ]);
});
