import { type RecordedEvent, type Scope, toEvent } from "@fleetlog/domain";
import type { Queries } from "@fleetlog/protocol";
import { afterEach, beforeEach, expect, it } from "vitest";
import { answer } from "../../fixtures/asking.ts";
import { History } from "../../fixtures/history.ts";
import { ViewStore } from "../../store/store.ts";
import { FLEET_PROJECTIONS } from "../index.ts";
import { refusals } from "./refusals.ts";

let history: History;
let store: ViewStore;
beforeEach(() => {
  history = new History();
  store = new ViewStore({ path: ":memory:", projections: [...FLEET_PROJECTIONS, refusals] });
});
afterEach(() => store.close());

function acts(params: Partial<Queries["acts.list"]["params"]> = {}, scope?: Scope) {
  store.apply(history.events.splice(0), history.seq);
  store.commit();
  return answer("acts.list", store, { people: true, ...params }, scope);
}
const shown = (found: ReturnType<typeof acts>) => found.items.map(({ event, entity }) => `${event} ${entity}`);
const move = (device: string, to: string, moved: "along" | "stays") => {
  const frame = { id: `m${history.seq}`, source: "/operators/ada", time: "2026-01-02T00:00:00.000Z", entity: device };
  const data = { device, from: "main", to, history: moved, by: "ada" };
  const seq = ++history.seq;
  const event = { ...toEvent({ type: "DeviceMoved", data }, { ...frame, account: to }), seq, stream: "FLEET" };
  history.events.push(event as RecordedEvent);
};
const invite = (person: string, by = "ada") => {
  const email = { subject: person, sealed: "v1.x" };
  history.add(person, { type: "PersonInvited", data: { person, email, role: "operator", account: "main", by } });
};

it("the audit lists people's acts, the newest first, without events of devices and of parts of Fleetlog", () => {
  history.register("a", { tags: ["roof"] });
  history.open("a");
  history.issue("a", "c1");
  history.deliver("a", "c1", 2);
  history.add("a", { type: "CommandCancelled", data: { command: "c1", device: "a", by: "system" } });
  history.gateway("GatewayStarted");
  history.add("g", { type: "GroupDefined", data: { name: "g", definition: { filter: {} }, by: "lee" } });
  const found = acts();
  expect(found).toMatchObject({ total: 3, more: false });
  expect(found.items[1]).toEqual({
    seq: 3,
    id: "e3",
    at: "2026-01-01T00:00:03.000Z",
    by: "ada",
    action: "command.issue",
    event: "CommandIssued",
    device: "a",
    category: "command",
    entity: "a",
    account: "main",
  });
  expect(shown(found)).toEqual(["GroupDefined g", "CommandIssued a", "DeviceRegistered a"]);
  expect(found.items[0]).not.toHaveProperty("device");
});

it("the audit leaves out events that a reactor wrote, and has the caller's sealed address", () => {
  history.register("a");
  const frame = { id: "x", time: "2026-01-02T00:00:00.000Z", entity: "a" };
  const add = (source: string, id: string, address?: string) => {
    const seq = ++history.seq;
    const body = { type: "DeviceRetired", data: { device: "a", by: "ada" } } as const;
    const event = toEvent(body, { ...frame, id, source, ...(address !== undefined && { address }) });
    history.events.push({ ...event, seq, stream: "FLEET" } as RecordedEvent);
  };
  add("/reactors/r1", "x1");
  add("/operators/ada", "x2", "v1.sealed");
  expect(acts().items.map(({ id }) => id)).toEqual(["x2", "e1"]);
  expect(acts().items[0]?.address).toEqual({ subject: "ada", sealed: "v1.sealed" });
});

it("the audit lists changes of the installation's authority as acts of the system, for those who see the main account", () => {
  const data = { subject: "CN=New", fingerprint: "bb", notAfter: "2036-01-01T00:00:00.000Z", by: "system" };
  history.add("authority:installation", { type: "InstallationAuthorityReplaced", data: { ...data, replaces: "aa" } });
  history.add("authority:installation", { type: "InstallationAuthorityWithdrawn", data });
  expect(acts({ action: "authority.change", by: "system" }).items).toMatchObject([
    { event: "InstallationAuthorityWithdrawn", by: "system", account: "main" },
    { event: "InstallationAuthorityReplaced" },
  ]);
  expect(acts({}, { accounts: ["north"] }).total).toBe(0);
});

it("the audit filters by person, action or type of event, device and time, and pages by sequence", () => {
  for (const id of ["a", "b", "c"]) history.register(id);
  history.retire("b");
  invite("p1", "lee");
  expect(shown(acts({ by: "lee" }))).toEqual(["PersonInvited p1"]);
  expect(shown(acts({ action: "device.retire" }))).toEqual(["DeviceRetired b"]);
  expect(shown(acts({ action: "DeviceRetired" }))).toEqual(["DeviceRetired b"]);
  expect(shown(acts({ device: "b" }))).toEqual(["DeviceRetired b", "DeviceRegistered b"]);
  expect(shown(acts({ from: "2026-01-01T00:00:02Z", to: "2026-01-01T00:00:04Z" }))).toEqual([
    "DeviceRegistered c",
    "DeviceRegistered b",
  ]);
  expect(() => acts({ from: "yesterday" })).toThrow(expect.objectContaining({ field: "from" }));
  const first = acts({ limit: 2 });
  expect(first).toMatchObject({ total: 5, more: true });
  const second = acts({ limit: 3, before: first.items[1]?.seq ?? 0 });
  expect(second).toMatchObject({ total: 5, more: false });
  expect(shown(second)).toEqual(["DeviceRegistered c", "DeviceRegistered b", "DeviceRegistered a"]);
});

it("the audit shows acts on devices that the caller may see now, and acts that concern no device to callers who are not limited to some tags", () => {
  history.register("a", { tags: ["roof"] });
  history.register("b", { tags: ["cellar"] });
  invite("p1");
  expect(shown(acts({}, { tags: ["roof"] }))).toEqual(["DeviceRegistered a"]);
  expect(acts({}, { tags: ["roof"] }).total).toBe(1);
  expect(acts({}, { accounts: ["main"] }).total).toBe(3);
  expect(acts({}, { accounts: ["north"] }).total).toBe(0);
  expect(shown(acts({ people: false }, { accounts: ["main"] }))).toEqual(["DeviceRegistered b", "DeviceRegistered a"]);
});

it("after a move, the new account sees a device's earlier acts if its history moved along, and otherwise only those since the move", () => {
  for (const id of ["along", "stays"]) history.register(id);
  move("along", "north", "along");
  move("stays", "north", "stays");
  history.issue("stays", "c1");
  expect(shown(acts({}, { accounts: ["north"] }))).toEqual([
    "CommandIssued stays",
    "DeviceMoved stays",
    "DeviceMoved along",
    "DeviceRegistered along",
  ]);
  expect(acts({}, { accounts: ["main"] }).total).toBe(0);
  expect(acts().total).toBe(5);
});

it("the audit lists refused log-ins of devices within the caller's scope, and refused calls from the caller's accounts", () => {
  history.register("a", { tags: ["roof"] });
  const rest = { code: "unauthenticated", address: "10.0.0.7", count: 2 };
  history.add("a", { type: "LoginRefused", data: { device: "a", protocol: "mqtt", cause: "wrong token", ...rest } });
  history.add("/devices", { type: "LoginRefused", data: { protocol: "mqtt", cause: "unknown device", ...rest } });
  const call = { action: "device.retire", call: "DELETE /api/devices/:id", ...rest };
  history.add("/operators/lee", { type: "CallRefused", data: { by: "lee", account: "north", ...call } });
  history.add("/operators/max", { type: "CallRefused", data: { by: "max", ...call } });
  history.add("/anonymous", { type: "CallRefused", data: call });
  acts();
  const listed = (params: Queries["refusals.list"]["params"], scope?: Scope) =>
    answer("refusals.list", store, params, scope);
  expect(listed({}).total).toBe(5);
  expect(listed({ action: "device.login" }).items).toMatchObject([{ cause: "unknown device" }, { device: "a" }]);
  expect(listed({ by: "lee" }).items).toEqual([
    { seq: 4, id: "e4", at: "2026-01-01T00:00:04.000Z", by: "lee", event: "CallRefused", ...call },
  ]);
  expect(listed({}, { accounts: ["north"] }).items.map(({ by }) => by)).toEqual(["lee"]);
  expect(listed({}, { accounts: ["main"] }).items.map(({ by, device }) => by ?? device)).toEqual(["max", "a"]);
  expect(listed({}, { tags: ["roof"] }).items.map(({ device }) => device)).toEqual(["a"]);
});
