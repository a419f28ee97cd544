import type { RecordedEvent, Scope } from "@fleetlog/domain";
import { History } from "@fleetlog/projections/fixtures";
import type { Diff, DiffRequest } from "@fleetlog/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { StoredAsOf } from "../as-of/stored-as-of.ts";
import { CallMoments } from "../moments/call-moments.ts";
import type { Call } from "../requests/calls.ts";
import type { HistoryStore } from "../store/history-store.ts";
import { ownedIn } from "../testing/owned.ts";
import { feed, openStores, workspace } from "../testing/stores.ts";
import { diffCall } from "./call.ts";
import { Differences } from "./differences.ts";

const history = new History();
history.register("d1", { tags: ["roof"] });
history.register("d2", { tags: ["cellar"] });
history.register("d3", { tags: ["roof"] });
history.gateway("GatewayStarted");
for (const device of ["d1", "d2", "d3"]) history.open(device);
const { seq: before } = history.add("roof", {
  type: "GroupDefined",
  data: { name: "roof", definition: { filter: { tag: "roof" } }, by: "ada" },
});
const { seq: lost, time: lostAt } = history.gateway("GatewayLost");
const { seq: tagged } = history.add("d2", { type: "DeviceTagged", data: { device: "d2", tags: ["roof"], by: "ada" } });
history.retire("d3");
const { seq: moved } = history.add("d1", {
  type: "DeviceMoved",
  data: { device: "d1", from: "main", to: "south", history: "stays", by: "ada" },
});
const { seq: renamed } = history.add("d1", { type: "DeviceRenamed", data: { device: "d1", name: "One", by: "ada" } });
const events: readonly RecordedEvent[] = history.events;

let place: Awaited<ReturnType<typeof workspace>>;
let asOf: StoredAsOf;
let differences: Differences;
let call: Call;
let stores: Awaited<ReturnType<typeof openStores>>;

beforeAll(async () => {
  place = await workspace();
  const { duck } = place;
  stores = await openStores(place);
  const fleet = stores.get("FLEET") as HistoryStore;
  await feed(fleet, events);
  asOf = new StoredAsOf({ duck, stores, owned: ownedIn(events), goal: () => renamed, now: Date.now });
  differences = new Differences({ duck, fleet });
  const moments = new CallMoments({ asOf, lastSeq: async () => renamed, now: Date.now });
  call = diffCall({ devices: asOf, moments, differences });
});
afterAll(async () => {
  await differences.close();
  await asOf.close();
  for (const store of stores.values()) await store.close();
  place.remove();
});

const ask = async (request: DiffRequest): Promise<Diff> => JSON.parse((await call.answer(request as never)) as string);
const found = async (request: DiffRequest) =>
  (await ask(request)).items.map(({ device, change }) => `${device} ${change}`).sort();

it("a comparison says what changed, and what caused it", async () => {
  const gateway = { kind: "gateway-death", by: "g1" };
  const answer = await ask({ from: before, to: lostAt });
  expect(answer).toMatchObject({ from: { seq: before }, to: { seq: lost, at: lostAt }, total: 3, next: null });
  expect(answer.causes).toEqual([{ ...gateway, changes: 3, devices: 3, firstSeq: lost, lastSeq: lost }]);
  const link = { seq: lost, id: events[lost - 1]?.id, type: "GatewayLost", time: lostAt };
  expect(answer.items).toEqual(
    ["d1", "d2", "d3"].map((device) => ({
      ...{ device, change: "status", before: "connected", after: "disconnected", cause: gateway, events: [link] },
    })),
  );
});

describe("the devices of a comparison", () => {
  it("can be limited to those that a group had at either moment", async () => {
    expect(await found({ from: before, to: tagged, group: "roof" })).toEqual([
      ...["d1 status", "d2 status", "d2 tags", "d3 status"],
    ]);
    expect(await found({ from: tagged, to: renamed, group: "roof", account: "main" })).toEqual([
      ...["d1 account", "d1 name", "d3 registration", "d3 status"],
    ]);
    await expect(found({ from: before, group: "attic" })).rejects.toMatchObject({
      code: "group-unknown",
      field: "group",
    });
    // The group was not defined yet.
    expect(await found({ from: 1, to: before, group: "roof" })).toContain("d1 status");
  });

  it("can be limited to one", async () => {
    expect(await found({ from: before, device: "d2" })).toEqual(["d2 status", "d2 tags"]);
    for (const device of ["d9", "a b"]) {
      await expect(found({ from: before, device })).rejects.toMatchObject({ code: "device-unknown", field: "device" });
    }
  });

  it("are only those that the caller may see today, without a device that moved to the caller's account after `from`", async () => {
    const main: Scope = { accounts: ["main"] };
    const south: Scope = { accounts: ["south"] };
    const roof: Scope = { tags: ["roof"] };
    expect(await found({ from: before, scope: main })).toEqual([
      ...["d2 status", "d2 tags", "d3 registration", "d3 status"],
    ]);
    expect(await found({ from: before, scope: south })).toEqual([]);
    expect(await found({ from: moved, scope: south })).toEqual(["d1 name"]);
    expect(await found({ from: before, to: lost, scope: roof })).toEqual(["d1 status", "d2 status", "d3 status"]);
    expect(await found({ from: before, to: tagged, scope: main, group: "roof" })).toEqual([
      ...["d2 status", "d2 tags", "d3 status"],
    ]);
    for (const device of ["d1", "d9"]) {
      const refused = found({ from: before, device, scope: main });
      await expect(refused).rejects.toMatchObject({ code: "device-unknown", message: `there is no device ${device}` });
    }
    expect((await ask({ from: before, scope: south })).causes).toEqual([]);
  });
});

it("a comparison from a time before the log's first event begins at sequence 0", async () => {
  const from = "2001-01-01T00:00:00Z";
  const answer = await ask({ from, to: before, device: "d1", limit: 1 });
  expect(answer.from).toEqual({ seq: 0, at: "2001-01-01T00:00:00.000Z" });
  const { next, total } = answer;
  const rest = await ask({ from, to: before, device: "d1", cursor: next as string });
  const fields = [...answer.items, ...rest.items].map(({ change }) => change);
  expect(fields).toHaveLength(total);
  expect(fields).toEqual(expect.arrayContaining(["registration", "status", "tags"]));
  await expect(ask({ from: "2999-01-01T00:00:00Z" })).rejects.toMatchObject({ code: "invalid-request", field: "from" });
});

it("a comparison can be limited to each field that it has, and to the values below a field", async () => {
  const { items } = await ask({ from: 0 });
  for (const change of new Set(items.map((item) => item.change))) {
    const some = items.filter((item) => item.change === change);
    expect((await ask({ from: 0, change })).items, change).toEqual(some);
  }
  const profile = await ask({ from: 0, change: "profile" });
  expect(profile.items).toEqual(items.filter((item) => item.change.startsWith("profile/")));
});

it("all pages compare the moments of the first page", async () => {
  const whole = await ask({ from: before });
  let page = await ask({ from: before, limit: 2 });
  expect(page.to.seq).toBe(renamed);
  const items = [...page.items];
  while (page.next !== null) {
    page = await ask({ from: before, limit: 2, cursor: page.next });
    items.push(...page.items);
  }
  expect(items).toEqual(whole.items);
});

it.each<[DiffRequest, string]>([
  [{ from: -1 }, "from"],
  [{ from: 1, change: "statuss" }, "change"],
  [{ from: renamed + 1 }, "from"],
  [{ from: 1, to: renamed + 1 }, "to"],
  [{ from: 2, to: 1 }, "from"],
  [{ from: 1, device: "d1", group: "roof" }, "device"],
  [{ from: 1, account: "main" }, "account"],
  [{ from: 1, by: "ada" }, "by"],
  [{ from: 1, cursor: "x" }, "cursor"],
  [{ from: 1, cursor: Buffer.from(`[${before},${renamed},1,"d1","name"]`).toString("base64url") }, "cursor"],
])("refuses %j", async (request, field) => {
  await expect(ask(request)).rejects.toMatchObject({ code: "invalid-request", field });
});
