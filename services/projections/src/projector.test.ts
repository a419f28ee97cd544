import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { RecordedEvent } from "@fleetlog/domain";
import { type MemoryBackbone, memoryBackbone } from "@fleetlog/log";
import {
  type Changed,
  changedSubject,
  type Queries,
  type QueryAnswer,
  type QueryName,
  querySubject,
} from "@fleetlog/protocol";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { dumpViews, rebuildViews } from "./dump.ts";
import { FleetHistory } from "./fixtures/fleet.ts";
import { History } from "./fixtures/history.ts";
import { lastValues, values } from "./fixtures/last-values.ts";
import type { Projection } from "./projection.ts";
import { Projector } from "./projector.ts";
import { ViewStore } from "./store/store.ts";
import { FLEET_PROJECTIONS, FLEET_VIEWS } from "./views/index.ts";
import type { View } from "./views/view.ts";

const logger = { info() {}, warn: (_: object, message: string) => void warnings.push(message), error() {} };
const warnings: string[] = [];

let backbone: MemoryBackbone;
let directory: string;
let projectors: Projector[];

beforeEach(() => {
  warnings.length = 0;
  backbone = memoryBackbone();
  directory = mkdtempSync(join(tmpdir(), "fleetlog-projector-"));
  projectors = [];
});
afterEach(async () => {
  for (const projector of projectors) await projector.close();
  await backbone.close();
  rmSync(directory, { recursive: true, force: true });
});

function projector(name = "p1", options: { views?: typeof FLEET_VIEWS; on?: MemoryBackbone } = {}): Projector {
  const { views = FLEET_VIEWS, on = backbone } = options;
  const made = new Projector({ backbone: on, id: name, directory: join(directory, name), logger, views });
  projectors.push(made);
  return made;
}

async function append(events: readonly RecordedEvent[], to = backbone): Promise<number> {
  let seq = 0;
  for (const { seq: _, stream: __, ...event } of events) seq = (await to.log.append(event)).seq;
  return seq;
}

function ask<N extends QueryName>(name: N, params: Queries[N]["params"], more: object = {}): Promise<QueryAnswer<N>> {
  return backbone.bus.request(querySubject(name), { params, ...more }) as Promise<QueryAnswer<N>>;
}

describe("Projector", () => {
  it("answers from all events that were in the log at its start", async () => {
    const history = new History();
    history.register("a", { name: "Pump", tags: ["x"] });
    const opened = history.open("a");
    history.issue("a", "c1", { delay: 1 });
    const seq = await append(history.events);
    await projector().start();

    const answer = await ask("devices.get", { id: "a" });
    expect(answer.seq).toBe(seq);
    expect(answer.result).toMatchObject({
      id: "a",
      name: "Pump",
      tags: ["x"],
      status: "connected",
      session: { epoch: opened.seq, gateway: "g1", protocol: "mqtt" },
      evidence: [{ seq: opened.seq, says: "connected to g1 by MQTT 5 from 10.0.0.9:5000" }],
      pendingCommands: [{ id: "c1", state: "issued", params: { delay: 1 } }],
    });
    expect((await ask("devices.get", { id: "nobody" })).result).toBeNull();
  });

  it("answers queries on an empty log", async () => {
    await projector().start();
    expect((await ask("devices.list", {})).result).toEqual({ items: [], next: null, total: 0 });
  });

  it("answers a query with `atLeast` once the views have that sequence", async () => {
    await projector().start();
    const history = new History();
    history.register("a");
    const asked = ask("devices.get", { id: "a" }, { atLeast: 1 });
    await append(history.events);
    expect((await asked).result).toMatchObject({ id: "a" });
  });

  it("answers view-behind when a query has waited for `waitMs`", async () => {
    await projector().start();
    await expect(ask("devices.list", {}, { atLeast: 5, waitMs: 1 })).rejects.toMatchObject({ code: "view-behind" });
  });

  it("names the field of an invalid query", async () => {
    await projector().start();
    await expect(ask("devices.list", { limit: 0 })).rejects.toMatchObject({ code: "invalid-request", field: "limit" });
    await expect(ask("devices.list", { cursor: "x" })).rejects.toMatchObject({
      code: "invalid-request",
      field: "cursor",
    });
    await expect(ask("devices.list", {}, { waitMs: 60_000 })).rejects.toMatchObject({ field: "waitMs" });
    await expect(backbone.bus.request(querySubject("devices.get"), null)).rejects.toMatchObject({
      code: "invalid-request",
    });
  });

  it("publishes the keys of changed rows, or null if 300 rows changed at once", async () => {
    await projector().start();
    const seen: unknown[] = [];
    const all = Promise.withResolvers<void>();
    backbone.bus.subscribe(changedSubject("registry"), ({ data }) => {
      seen.push(data);
      if (seen.length === 2) all.resolve();
    });
    const history = new History();
    history.register("a");
    await append(history.events.splice(0));
    await ask("devices.list", {}, { atLeast: 1 });
    // Events that are appended while the log is away arrive as one batch.
    backbone.away();
    for (let i = 0; i < 300; i++) history.register(`d${i}`);
    const appended = history.events.map(({ seq: _, stream: __, ...event }) => backbone.log.append(event));
    backbone.back();
    await Promise.all(appended);
    await all.promise;
    const registered = { before: null, after: { account: "main", tags: [] } };
    expect(seen[0]).toEqual({ seq: 1, keys: ["a"], scopes: [registered] });
    const rest = seen.slice(1) as { keys: string[] | null }[];
    expect(rest.every(({ keys }) => keys === null || keys.length <= 256)).toBe(true);
  });

  it("publishes account and tags of changed rows, before and after the change", async () => {
    await projector().start();
    const seen: Record<string, Changed[]> = {};
    for (const name of ["registry", "status", "commands", "gateways"]) {
      const changes: Changed[] = [];
      seen[name] = changes;
      backbone.bus.subscribe(changedSubject(name), ({ data }) => void changes.push(data as Changed));
    }
    const history = new History();
    const settle = async () => {
      const seq = await append(history.events.splice(0));
      await ask("devices.list", {}, { atLeast: seq });
    };
    history.register("a", { tags: ["north"] });
    await settle();
    history.add("a", { type: "DeviceTagged", data: { device: "a", tags: ["south", "roof"], by: "ada" } });
    await settle();
    const [north, south] = [["north"], ["south", "roof"]].map((tags) => ({ account: "main", tags }));
    expect(seen.registry?.map(({ scopes }) => scopes)).toEqual([
      [{ before: null, after: north }],
      [{ before: north, after: south }],
    ]);
    history.open("a");
    history.issue("a", "c1");
    history.issue("unregistered", "c2");
    history.gateway("GatewayStarted");
    await settle();
    const now = { before: south, after: south };
    expect(seen.status?.at(-1)).toMatchObject({ keys: ["a"], scopes: [now] });
    const ofCommands = seen.commands?.flatMap(({ keys, scopes }) => keys?.map((key, i) => [key, scopes?.[i]]));
    expect(ofCommands).toEqual([
      ["c1", now],
      ["c2", { before: null, after: null }],
    ]);
    expect(seen.gateways?.at(-1)).toMatchObject({ keys: ["g1"] });
    expect(seen.gateways?.at(-1)).not.toHaveProperty("scopes");
  });

  it("continues from its checkpoint, with the same rows as a rebuild", async () => {
    const fleet = new FleetHistory(40, 7);
    await append([...fleet.registrations(), ...fleet.next(2_000)]);
    const first = projector();
    await first.start();
    await first.close();
    await append(fleet.next(2_000));
    const second = projector();
    await second.start();
    const rebuilt = await rebuildViews(backbone.log);
    expect(dumpViews(join(directory, "p1"))).toEqual(rebuilt);
    expect(rebuilt.rows.registry).toHaveLength(40);
    expect(rebuilt.rows.commands?.length).toBeGreaterThan(100);
  });

  it("continues with the other indexes if it was stopped while it created them, and serves only afterwards", async () => {
    const fleet = new FleetHistory(10);
    await append([...fleet.registrations(), ...fleet.next(500)]);
    const createIndex = vi.spyOn(ViewStore.prototype, "createIndex");
    const first = projector();
    createIndex.mockImplementationOnce(() => void first.close());
    await expect(first.start()).rejects.toMatchObject({ code: "view-unavailable" });
    expect(createIndex).toHaveBeenCalledTimes(1);
    expect(() => dumpViews(join(directory, "p1"))).toThrow(expect.objectContaining({ code: "not-found" }));
    createIndex.mockRestore();

    await projector().start();
    const [file = ""] = readdirSync(join(directory, "p1")).filter((name) => /^views.*\.sqlite$/.test(name));
    const db = new DatabaseSync(join(directory, "p1", file), { readOnly: true });
    const indexes = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL").all();
    db.close();
    expect(indexes).toHaveLength(FLEET_PROJECTIONS.flatMap((projection) => projection.indexes).length);
    expect(dumpViews(join(directory, "p1"))).toEqual(await rebuildViews(backbone.log));
  });

  it("creates no index of a store with rows while another store serves", async () => {
    const fleet = new FleetHistory(10);
    await append(fleet.registrations());
    const one = projector();
    await one.start();
    const sizes: unknown[] = [];
    const { createIndex } = ViewStore.prototype;
    vi.spyOn(ViewStore.prototype, "createIndex").mockImplementation(function (this: ViewStore, name) {
      sizes.push(this.queryOne("SELECT count(*) AS n FROM registry"));
      createIndex.call(this, name);
    });
    await one.rebuild();
    expect(sizes.length).toBeGreaterThan(0);
    expect(new Set(sizes.map((size) => JSON.stringify(size)))).toEqual(new Set(['{"n":0}']));
  });

  it("serves on, and keeps no file, if a rebuild can't create its indexes", async () => {
    await append(new FleetHistory(10).registrations());
    const one = projector();
    await one.start();
    const files = () => readdirSync(join(directory, "p1")).filter((name) => name.startsWith("views"));
    const before = files();
    vi.spyOn(ViewStore.prototype, "createIndex").mockImplementationOnce(() => {
      throw Object.assign(new Error("database or disk is full"), { code: "ERR_SQLITE_ERROR", errcode: 13 });
    });
    await expect(one.rebuild()).rejects.toThrow("disk is full");
    expect(files()).toEqual(before);
    expect((await ask("devices.list", {})).result.total).toBe(10);
    await one.rebuild();
  });

  it("gives the same answers as a second projector", async () => {
    const fleet = new FleetHistory(40, 8);
    await append([...fleet.registrations(), ...fleet.next(1_000)]);
    await Promise.all([projector("p1").start(), projector("p2").start()]);
    const seq = await append(fleet.next(1_000));
    const answers = await Promise.all([1, 2, 3, 4].map(() => ask("devices.list", {}, { atLeast: seq })));
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(dumpViews(join(directory, "p1"))).toEqual(dumpViews(join(directory, "p2")));
  });

  it("continues from its files after the disk was full", async () => {
    const fleet = new FleetHistory(20, 3);
    await append([...fleet.registrations(), ...fleet.next(200)]);
    const running = projector();
    await running.start();
    const failed = vi.fn();
    running.failed.catch(failed);
    const full = () => {
      throw Object.assign(new Error("database or disk is full"), { code: "ERR_SQLITE_ERROR", errcode: 13 });
    };
    vi.spyOn(ViewStore.prototype, "commit").mockImplementationOnce(full).mockImplementationOnce(full);
    const seq = await append(fleet.next(200));
    await vi.waitFor(
      async () => expect((await ask("devices.list", {}, { atLeast: seq })).result.total).toBe(20),
      10_000,
    );
    expect(failed).not.toHaveBeenCalled();
    await running.close();
    expect(dumpViews(join(directory, "p1"))).toEqual(await rebuildViews(backbone.log));
  });

  it("builds a new file if the disk has lost a part of its file", async () => {
    const fleet = new FleetHistory(20, 3);
    await append([...fleet.registrations(), ...fleet.next(200)]);
    const running = projector();
    await running.start();
    const files = () => readdirSync(join(directory, "p1")).filter((name) => name.endsWith(".sqlite"));
    const before = files();
    // As node:sqlite reports EIO of a read.
    vi.spyOn(ViewStore.prototype, "commit").mockImplementationOnce(() => {
      throw Object.assign(new Error("disk I/O error"), { code: "ERR_SQLITE_ERROR", errcode: 8458 });
    });
    const seq = await append(fleet.next(200));
    await vi.waitFor(
      async () => expect((await ask("devices.list", {}, { atLeast: seq })).result.total).toBe(20),
      10_000,
    );
    expect(files()).not.toEqual(before);
    await running.close();
    expect(dumpViews(join(directory, "p1"))).toEqual(await rebuildViews(backbone.log));
  });

  it("refuses a folder that another projector uses", async () => {
    await projector().start();
    expect(() => projector()).toThrow(expect.objectContaining({ code: "conflict" }));
  });

  it("answers queries while it rebuilds", async () => {
    const fleet = new FleetHistory(20, 9);
    await append([...fleet.registrations(), ...fleet.next(500)]);
    const running = projector();
    await running.start();
    const rebuilt = running.rebuild();
    const seq = await append(fleet.next(300));
    expect((await ask("devices.list", {})).result.total).toBe(20);
    await rebuilt;
    await ask("devices.list", {}, { atLeast: seq });
    expect(dumpViews(join(directory, "p1"))).toEqual(await rebuildViews(backbone.log));
  });

  it("builds a new version of a view in a new file, and deletes the old file when the new one serves", async () => {
    const history = new History();
    history.register("a");
    await append(history.events);
    const before = projector();
    await before.start();
    await before.close();
    const newer = (one: Projection) => ({ ...one, version: one.version + 1 });
    const changed = FLEET_VIEWS.map((view) => ({ ...view, projections: view.projections.map(newer) }));
    const projections = changed.flatMap((view) => view.projections);
    await projector("p1", { views: changed }).start();
    expect(dumpViews(join(directory, "p1"), projections).rows.registry).toHaveLength(1);
    expect(() => dumpViews(join(directory, "p1"))).toThrow(expect.objectContaining({ code: "not-found" }));
  });

  it("rebuilds from the start when the log was replaced", async () => {
    const fleet = new FleetHistory(10, 10);
    await append([...fleet.registrations(), ...fleet.next(200)]);
    const before = projector();
    await before.start();
    await before.close();

    const other = memoryBackbone();
    const history = new History();
    history.register("b");
    await append(history.events, other);
    await projector("p1", { on: other }).start();
    expect(warnings.join()).toMatch(/the log ends at 1, before the checkpoint/);
    expect(dumpViews(join(directory, "p1")).rows.registry).toMatchObject([{ key: "b" }]);
    await projectors.at(-1)?.close();

    const longer = memoryBackbone();
    history.register("c");
    history.register("d");
    await append(history.events.slice(1), longer);
    await projector("p1", { on: longer }).start();
    expect(warnings.join()).toMatch(/first event is not/);
    expect(dumpViews(join(directory, "p1"))).toEqual(await rebuildViews(longer.log));
  });

  it("detects a replaced log by an event that no view reads", async () => {
    const history = new History();
    history.register("a");
    history.report("a", 1);
    await append(history.events);
    const before = projector();
    await before.start();
    await before.close();

    const other = memoryBackbone();
    const otherwise = new History();
    otherwise.register("a");
    otherwise.open("a");
    await append(otherwise.events, other);
    await projector("p1", { on: other }).start();
    expect(warnings.join()).toMatch(/event 2 is not a:1:1/);
    expect(dumpViews(join(directory, "p1"))).toEqual(await rebuildViews(other.log));
  });

  it("checks the log again if it was replaced during a check", async () => {
    const history = new History();
    history.register("a");
    await append(history.events);
    await projector().start();
    const read = backbone.log.read.bind(backbone.log);
    const [reached, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let reads = 0;
    vi.spyOn(backbone.log, "read").mockImplementation(async function* (query) {
      const number = ++reads;
      for await (const event of read(query)) {
        // The check reads the first event and the last one.
        if (number === 2) {
          reached.resolve();
          await held.promise;
        }
        yield number <= 2 ? event : { ...event, id: "another" };
      }
    });
    backbone.away();
    backbone.back();
    await reached.promise;
    backbone.away();
    backbone.back();
    held.resolve();
    await vi.waitFor(() => expect(warnings.join()).toMatch(/first event is not/));
  });

  it("refuses two projections or two queries with the same name, before it opens its folder", () => {
    const [devices] = FLEET_VIEWS as [View];
    const queries = { ...devices, projections: [{ ...lastValues, name: "other" }] };
    expect(() => projector("p1", { views: [devices, queries] })).toThrow(
      "two queries of the views are named devices.list: give one another name",
    );
    const table = { ...values, projections: [{ ...lastValues, name: "registry" }] };
    expect(() => projector("p1", { views: [devices, table] })).toThrow(
      "two projections of the views are named registry: give one another name",
    );
    expect(existsSync(join(directory, "p1"))).toBe(false);
  });

  it("starts while the log is away, and answers when the log is back", async () => {
    const history = new History();
    history.register("a");
    await append(history.events);
    backbone.away();
    const started = projector().start();
    backbone.back();
    await started;
    expect((await ask("devices.list", {})).result.total).toBe(1);
  });
});
