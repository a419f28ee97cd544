import { type CommandResource, type DeviceResource, MAX_COMMAND_BYTES, type Queries } from "@fleetlog/protocol";
import { beforeEach, describe, expect, it } from "vitest";
import { answer } from "../fixtures/asking.ts";
import { History } from "../fixtures/history.ts";
import { encodeCursor } from "../select/cursor.ts";
import { jsonBytes } from "../select/page.ts";
import { ViewStore } from "../store/store.ts";
import { FLEET_PROJECTIONS } from "./index.ts";

const MAX_PAYLOAD = 1024 * 1024;

let history: History;
let views: ViewStore;
beforeEach(() => {
  history = new History();
  views = new ViewStore({ path: ":memory:", projections: FLEET_PROJECTIONS });
});

function built(): ViewStore {
  views.apply(history.events.splice(0), history.seq);
  views.commit();
  return views;
}

function list(params: Queries["devices.list"]["params"]) {
  return answer("devices.list", built(), params);
}

function ids(params: Queries["devices.list"]["params"]): string[] {
  const { items, total } = list(params);
  expect(total).toBe(items.length);
  return items.map(({ id }) => id);
}

const invalidCursor = expect.objectContaining({ code: "invalid-request", field: "cursor" });

describe("devices.list", () => {
  it("joins registry and status", () => {
    history.register("a", { name: "Pump", tags: ["x"] });
    history.profile("a", { model: "XT", serial: "S1", firmware: "1.0" });
    const opened = history.open("a");
    expect(list({}).items).toEqual([
      {
        id: "a",
        account: "main",
        name: "Pump",
        tags: ["x"],
        model: "XT",
        serial: "S1",
        firmware: "1.0",
        registeredAt: "2026-01-01T00:00:01.000Z",
        registeredBy: "ada",
        status: "connected",
        since: opened.time,
        session: { epoch: 3, gateway: "g1", protocol: "mqtt", version: "MQTT 5", address: "10.0.0.9:5000" },
        seq: 3,
      },
    ]);
  });

  it("searches id, name, profile and tags for every word, ignoring case", () => {
    history.register("dev-1", { name: "Große Pumpe", tags: ["cellar"] });
    history.register("dev-2", { name: "Fan", tags: ["roof"] });
    history.profile("dev-2", { model: "XT-400", serial: "SN77", firmware: "2.0.1" });
    expect(ids({ search: "DEV" })).toEqual(["dev-1", "dev-2"]);
    expect(ids({ search: "große" })).toEqual(["dev-1"]);
    expect(ids({ search: "PUMPE cell" })).toEqual(["dev-1"]);
    for (const search of ["xt-4", "sn77", "2.0", "Roof", "2"]) expect(ids({ search })).toEqual(["dev-2"]);
    for (const search of ["pumpe roof", "%", "_ev", "dev*", "'"]) expect(ids({ search })).toEqual([]);
    expect(ids({ search: "   " })).toEqual(["dev-1", "dev-2"]);
  });

  it("filters by whole tags, by status, and by both", () => {
    history.register("a", { tags: ["roof", "big"] });
    history.register("b", { tags: ["roofs"] });
    history.register("c", { tags: ["roof"] });
    history.open("a");
    history.open("b");
    history.close("b", 5);
    expect(ids({ tag: "roof" })).toEqual(["a", "c"]);
    expect(ids({ tag: "" })).toEqual([]);
    expect(ids({ status: "connected" })).toEqual(["a"]);
    expect(ids({ status: "disconnected" })).toEqual(["b"]);
    expect(ids({ status: "never-connected" })).toEqual(["c"]);
    expect(ids({ status: "never-connected", tag: "roof", search: "c" })).toEqual(["c"]);
    expect(ids({ status: "connected", search: "roofs" })).toEqual([]);
  });

  it("hides retired devices unless the query filters for them", () => {
    history.register("a");
    history.register("b", { name: "Old" });
    history.retire("b");
    expect(ids({})).toEqual(["a"]);
    expect(list({ status: "retired" }).items).toMatchObject([{ id: "b", name: "Old", status: "retired" }]);
    history.register("b");
    expect(ids({})).toEqual(["a", "b"]);
    expect(ids({ status: "retired" })).toEqual([]);
  });

  it("pages by id without gaps or repetitions while devices are added and removed", () => {
    for (const id of ["b", "d", "f", "h"]) history.register(id);
    const first = list({ limit: 2 });
    expect(first).toMatchObject({ items: [{ id: "b" }, { id: "d" }], total: 4 });
    history.register("a");
    history.register("e");
    history.retire("d");
    const second = list({ limit: 2, cursor: first.next ?? "" });
    expect(second.items.map(({ id }) => id)).toEqual(["e", "f"]);
    const third = list({ limit: 2, cursor: second.next ?? "" });
    expect(third).toMatchObject({ items: [{ id: "h" }], next: null, total: 5 });
  });

  it("has no next page after a last page that is full", () => {
    for (const id of ["a", "b"]) history.register(id);
    expect(list({ limit: 2 }).next).toBeNull();
  });

  it("refuses an invalid cursor", () => {
    history.register("a");
    for (const cursor of [
      "",
      "x",
      "!!!",
      encodeCursor("commands", { position: [3] }),
      encodeCursor("devices", { position: [3] }),
      "bnVsbA",
    ]) {
      expect(() => list({ cursor })).toThrow(invalidCursor);
    }
  });

  it("shortens a page of large rows, and reaches all rows", () => {
    const tags = Array.from({ length: 32 }, (_, i) => `${"ü".repeat(60)}${i}`);
    for (let i = 0; i < 600; i++) history.register(`d${i}`, { tags });
    const all: DeviceResource[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const page: ReturnType<typeof list> = list({ limit: 1_000, ...(cursor === "" ? {} : { cursor }) });
      expect(jsonBytes(page)).toBeLessThan(MAX_PAYLOAD);
      all.push(...page.items);
      cursor = page.next;
    }
    expect(new Set(all.map(({ id }) => id)).size).toBe(600);
  });
});

describe("devices.get", () => {
  const get = (id: string) => answer("devices.get", built(), { id });

  it("has the profile, the evidence and the pending commands", () => {
    history.register("a");
    const reported = history.profile("a", { model: "XT", extra: { deep: 1 } });
    history.issue("a", "c1");
    history.issue("a", "c2");
    history.deliver("a", "c1", 9);
    history.complete("a", "c1", 9);
    history.issue("b", "c3");
    expect(get("a")).toMatchObject({
      profile: { model: "XT", extra: { deep: 1 } },
      profileReportedAt: reported.time,
      evidence: [{ type: "DeviceRegistered" }],
      pendingCommands: [{ id: "c2" }],
    });
    expect(get("b")).toBeNull();
  });

  it("leaves out commands that do not fit beside a large profile", () => {
    history.register("a");
    history.profile("a", { text: "x".repeat(900_000) });
    history.issue("a", "c1", { text: "y".repeat(200_000) });
    const detail = get("a");
    expect(detail?.pendingCommands).toEqual([]);
    expect(jsonBytes(detail)).toBeLessThan(MAX_PAYLOAD);
  });
});

describe("commands", () => {
  beforeEach(() => {
    for (const id of ["a", "b"]) history.register(id);
    for (let i = 1; i <= 5; i++) history.issue(i % 2 === 0 ? "b" : "a", `c${i}`, { i });
    history.deliver("a", "c1", 1);
    history.complete("a", "c1", 1, "done");
    history.deliver("b", "c2", 2);
    history.fail("b", "c2", 2, { code: "no", message: "no" });
  });
  const named = (items: readonly CommandResource[]) => items.map(({ id }) => id);
  const page = (params: Queries["commands.list"]["params"]) => answer("commands.list", built(), params);

  it("lists commands newest first, filtered", () => {
    expect(named(page({}).items)).toEqual(["c5", "c4", "c3", "c2", "c1"]);
    expect(named(page({ device: "a" }).items)).toEqual(["c5", "c3", "c1"]);
    expect(named(page({ by: "ada", device: "b" }).items)).toEqual(["c4", "c2"]);
    expect(named(page({ by: "nobody" }).items)).toEqual([]);
  });

  it("lists commands page by page", () => {
    const first = page({ limit: 2 });
    history.issue("a", "c6");
    const second = page({ limit: 2, cursor: first.next ?? "" });
    const third = page({ limit: 2, cursor: second.next ?? "" });
    expect([first, second, third].map(({ items }) => named(items))).toEqual([["c5", "c4"], ["c3", "c2"], ["c1"]]);
    expect(third.next).toBeNull();
    for (const cursor of [
      "x",
      encodeCursor("devices", { position: ["a"] }),
      encodeCursor("commands", { position: ["3"] }),
    ]) {
      expect(() => page({ cursor })).toThrow(invalidCursor);
    }
  });

  it("returns one command, without its idempotency key", () => {
    const data = {
      command: "k1",
      device: "a",
      name: "x",
      deadline: "2026-01-02T00:00:00Z",
      by: "bo",
      idempotencyKey: "s",
    };
    history.add("a", { type: "CommandIssued", data });
    const { idempotencyKey: _, command: id, ...rest } = data;
    const { by, ...kept } = rest;
    const found = answer("commands.get", built(), { id: "k1" });
    expect(found).toMatchObject({ id, ...kept, issuedBy: by, state: "issued" });
    expect(found).not.toHaveProperty("idempotencyKey");
    expect(answer("commands.get", views, { id: "c99" })).toBeNull();
  });

  it("lists open commands of one device and of all, oldest first", () => {
    const pending = (device: string) => named(answer("commands.pending", built(), { device }));
    expect([pending("a"), pending("b"), pending("z")]).toEqual([["c3", "c5"], ["c4"], []]);
    const open = (after?: number) => answer("commands.open", built(), { limit: 2, ...(after ? { after } : {}) });
    expect(named(open())).toEqual(["c3", "c4"]);
    expect(named(open(open()[1]?.seq))).toEqual(["c5"]);
  });

  it("lists open commands page by page if they do not fit into one answer", () => {
    for (let i = 1; i <= 4; i++) history.issue("z", `big${i}`, { text: "x".repeat(400_000) });
    const ask = (after: number) => answer("commands.pending", built(), { device: "z", after, limit: 10 });
    const first = ask(0);
    expect(named(first)).toEqual(["big1", "big2"]);
    const second = ask(first.at(-1)?.seq ?? 0);
    expect(named(second)).toEqual(["big3", "big4"]);
    expect(ask(second.at(-1)?.seq ?? 0)).toEqual([]);
  });

  it("fits the largest command that can be issued into every answer", () => {
    history.issue("z", "largest", { text: "x".repeat(MAX_COMMAND_BYTES) });
    const open = answer("commands.open", built(), { after: history.seq - 1 });
    expect(named(open)).toEqual(["largest"]);
    expect(named(page({ device: "z" }).items)).toEqual(["largest"]);
  });

  it("leaves out a result that does not fit beside the command's parameters", () => {
    history.issue("a", "big", { text: "x".repeat(600_000) });
    history.deliver("a", "big", 3);
    history.complete("a", "big", 3, { text: "y".repeat(600_000) });
    const found = answer("commands.get", built(), { id: "big" });
    expect(found).toMatchObject({ state: "completed", params: { text: expect.any(String) } });
    expect(found).not.toHaveProperty("result");
    const first = page({});
    expect(named(first.items)).toEqual(["big", "c5", "c4", "c3", "c2", "c1"]);
    expect(jsonBytes(first)).toBeLessThan(MAX_PAYLOAD);
  });
});

describe("counts by status", () => {
  beforeEach(() => {
    for (const id of ["a", "b", "c", "d", "e"]) history.register(id, { tags: id < "d" ? ["x"] : [] });
    history.profile("a", { model: "XT" });
    history.open("a");
    history.close("b", history.open("b").seq);
    history.retire("c");
  });
  const counted = (params: Queries["devices.list"]["params"]) => list({ ...params, counts: true, limit: 1 }).byStatus;

  it("include all devices, also retired ones", () => {
    expect(counted({})).toEqual({ connected: 1, disconnected: 1, "never-connected": 2, retired: 1 });
  });

  it("apply all filters except the filter by status", () => {
    const tagged = { connected: 1, disconnected: 1, "never-connected": 0, retired: 1 };
    expect(counted({ tag: "x" })).toEqual(tagged);
    expect(counted({ tag: "x", status: "connected" })).toEqual(tagged);
    expect(counted({ search: "xt" })).toEqual({ connected: 1, disconnected: 0, "never-connected": 0, retired: 0 });
    expect(counted({ notSeenSince: "2030-01-01T00:00:00Z" })).toMatchObject({ connected: 0, disconnected: 1 });
  });

  it("are returned only on request", () => {
    expect(list({})).not.toHaveProperty("byStatus");
  });
});

describe("devices.declared", () => {
  it("groups devices that declare the same commands, and leaves out retired and unknown devices", () => {
    const blink = { name: "blink", params: { type: "object" } };
    for (const id of ["a", "b", "c", "d", "gone"]) history.register(id);
    for (const id of ["a", "c", "gone"]) history.profile(id, { model: id, commands: [blink, "flush"] });
    history.profile("b", { commands: "blink" });
    history.retire("gone");
    const ids = ["a", "b", "c", "d", "gone", "nobody"];
    expect(answer("devices.declared", built(), { ids })).toEqual([
      { commands: [blink, "flush"], devices: ["a", "c"] },
      { commands: [], devices: ["b", "d"] },
    ]);
  });

  it("returns only the names of a large declaration", () => {
    history.register("a");
    history.profile("a", { commands: [{ name: "blink", description: "d".repeat(10_000) }, "flush", 7] });
    expect(answer("devices.declared", built(), { ids: ["a"] })).toEqual([
      { commands: ["blink", "flush"], devices: ["a"] },
    ]);
  });
});
