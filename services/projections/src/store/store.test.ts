import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { RecordedEvent } from "@fleetlog/domain";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FleetHistory, random } from "../fixtures/fleet.ts";
import { History } from "../fixtures/history.ts";
import { decodeSet } from "../select/sets.ts";
import { FLEET_PROJECTIONS } from "../views/index.ts";
import { ViewFiles } from "./files.ts";
import { ViewStore } from "./store.ts";

let directory: string;
let path: string;
const logger = { info() {}, warn() {}, error() {} };

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "fleetlog-store-"));
  path = join(directory, "views.sqlite");
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function open(): ViewStore {
  return new ViewStore({ path, projections: FLEET_PROJECTIONS });
}

function rows(store: ViewStore): unknown {
  return FLEET_PROJECTIONS.map(({ name }) => store.query(`SELECT * FROM ${name} ORDER BY key`));
}

function through(events: readonly RecordedEvent[]): number {
  return events.at(-1)?.seq ?? 0;
}

describe("ViewStore", () => {
  it("has exactly the rows of its checkpoint after each crash", () => {
    const fleet = new FleetHistory(30, 3);
    const events = [...fleet.registrations(), ...fleet.next(3_000)];
    const dice = random(4);
    for (let store = open(); ; store = open()) {
      const from = store.meta.checkpoint;
      const batch = events.filter(({ seq }) => seq > from).slice(0, 1 + Math.floor(dice() * 200));
      if (batch.length === 0) {
        store.close();
        break;
      }
      store.apply(batch, through(batch));
      if (dice() < 0.6) store.commit();
      expect([from, through(batch)]).toContain(store.meta.checkpoint);
      store.close();
    }
    const whole = new ViewStore({ path: ":memory:", projections: FLEET_PROJECTIONS });
    whole.apply(events, through(events));
    whole.commit();
    const left = open();
    expect(left.meta).toEqual(whole.meta);
    expect(rows(left)).toEqual(rows(whole));
    left.close();
    whole.close();
  });

  it("writes rows before the commit if they seldom change, and applies later changes to them as to other rows", () => {
    const history = new History();
    for (let i = 0; i < 1_100; i++) history.register(`d${i}`);
    for (const device of ["d5", "d1099"]) {
      const data = { device, from: "main", to: "acme", history: "stays", by: "bo" } as const;
      history.add(device, { type: "DeviceMoved", data });
    }
    const [once, often] = [open(), new ViewStore({ path: ":memory:", projections: FLEET_PROJECTIONS })];
    once.apply(history.events, history.seq);
    const written = (table: string) => once.queryOne(`SELECT count(*) AS n FROM ${table}`);
    expect(written("acts")).toEqual({ n: 1_024 });
    expect(written("registry")).toEqual({ n: 0 });
    once.commit();
    for (const event of history.events) {
      often.apply([event], event.seq);
      often.commit();
    }
    expect(rows(once)).toEqual(rows(often));
    expect(once.query("SELECT key FROM acts WHERE hidden = 1 ORDER BY seq, ordinal")).toHaveLength(2);
    once.close();
    often.close();
  });

  it("applies each event once, even if it is delivered again", () => {
    const history = new History();
    history.register("a");
    history.open("a");
    const store = open();
    store.apply(history.events, 2);
    const { changed } = store.commit();
    expect(Object.fromEntries(changed)).toEqual({ registry: ["a"], status: ["a"], acts: ["1"] });
    const before = rows(store);
    store.apply(history.events, 2);
    expect(store.commit().changed.size).toBe(0);
    store.apply(history.events.slice(0, 1), 1);
    store.commit();
    expect(rows(store)).toEqual(before);
    expect(store.meta).toMatchObject({ checkpoint: 2, first: { seq: 1 }, last: { seq: 2 } });
    store.close();
  });

  it("copies the write-ahead log in small parts while it serves, so that each sync is short", () => {
    const fleet = new FleetHistory(200, 3);
    const store = open();
    store.markComplete();
    const serve = (events: readonly RecordedEvent[]) => {
      store.apply(events, through(events));
      store.commit();
    };
    serve(fleet.registrations());
    for (let commits = 0; commits < 150; commits++) serve(fleet.next(20));
    const [{ page_size: pageSize } = { page_size: 0 }] = store.query<{ page_size: number }>("PRAGMA page_size");
    // A copy begins after a commit, so the log can be larger than the limit by what one commit writes.
    expect(statSync(`${path}-wal`).size / pageSize).toBeLessThan(4_500);
    store.close();
  });

  it("advances its checkpoint past events that no view reads", () => {
    const store = open();
    store.apply([], 41);
    expect(store.commit()).toEqual({ seq: 41, changed: new Map() });
    store.close();
    const again = open();
    expect(again.meta.checkpoint).toBe(41);
    again.close();
  });

  it("finds all rows of a gateway, including unwritten rows and rows beyond the first page", () => {
    const history = new History();
    for (let i = 0; i < 2_500; i++) {
      history.register(`d${i}`);
      history.open(`d${i}`, i % 2 === 0 ? "g1" : "g2");
    }
    const store = open();
    store.apply(history.events.splice(0), history.seq);
    store.commit();
    history.register("last");
    history.open("last");
    history.open("d0", "g2");
    history.open("d1", "g1");
    history.gateway("GatewayLost");
    store.apply(history.events, history.seq);
    expect(store.commit().changed.get("status")).toBeNull();
    expect(store.query("SELECT status FROM status WHERE key IN ('d0', 'd1') ORDER BY key")).toMatchObject([
      { status: "connected" },
      { status: "disconnected" },
    ]);
    const counts = store.query("SELECT status, count(*) AS n FROM status GROUP BY status ORDER BY status");
    expect(counts.map((count) => ({ ...(count as object) }))).toEqual([
      { status: "connected", n: 1_250 },
      { status: "disconnected", n: 1_251 },
    ]);
    store.close();
  });

  it("has one entry in the table of tags for each tag of each row", () => {
    const history = new History();
    const dice = random(5);
    const tags = () => ["x", "y", "z"].filter(() => dice() < 0.5);
    const ids = ["a", "b", "c", "d", "e"];
    const store = open();
    for (const id of ids) history.register(id, { tags: tags() });
    for (let i = 0; i < 200; i++) {
      const device = ids[Math.floor(dice() * ids.length)] ?? "";
      if (dice() < 0.1) history.retire(device);
      else if (dice() < 0.2) history.register(device, { tags: tags() });
      else history.add(device, { type: "DeviceTagged", data: { device, tags: tags(), by: "ada" } });
      if (dice() < 0.5) continue;
      store.apply(history.events.splice(0), history.seq);
      store.commit();
      const members = store.query<{ member: string; key: string }>("SELECT * FROM registry_tags_members");
      const rows = store.query<{ key: string; tags: string }>("SELECT key, tags FROM registry");
      const expected = rows.flatMap(({ key, tags }) => decodeSet(tags).map((member) => ({ member, key })));
      expect(new Set(members.map(({ member, key }) => `${member} ${key}`))).toEqual(
        new Set(expected.map(({ member, key }) => `${member} ${key}`)),
      );
    }
    store.close();
  });

  it("skips and reports an event that can't be applied", () => {
    const history = new History();
    history.register("a");
    const odd = { ...history.open("a"), data: null } as unknown as RecordedEvent;
    history.register("b");
    const told: unknown[] = [];
    const store = new ViewStore({
      path,
      projections: FLEET_PROJECTIONS,
      onUnfoldable: (event, view) => told.push([event.seq, view]),
    });
    const [first, , last] = history.events;
    store.apply([first, odd, last] as RecordedEvent[], 3);
    store.commit();
    expect(told).toEqual([[2, "status"]]);
    expect(store.query("SELECT key FROM status ORDER BY key")).toHaveLength(2);
    store.close();
  });

  it("keeps the previous row and reports the failure if a row can't be written", () => {
    const history = new History();
    history.register("a", { tags: ["x"] });
    history.register("b", { tags: ["y"] });
    const odd = { type: "DeviceTagged", data: { device: "a", by: "bo" } };
    history.add("a", odd as never);
    history.issue("a", "c1");
    history.add("a", { type: "CommandIssued", data: { command: "c2", by: "bo" } } as never);
    history.register("c", { tags: ["y"] });
    const told: unknown[] = [];
    const onUnwritable = ({ seq }: { seq: number }, view: string) => told.push([seq, view]);
    const store = new ViewStore({ path, projections: FLEET_PROJECTIONS, onUnfoldable: () => {}, onUnwritable });
    const [first, second, ...rest] = history.events;
    store.apply([first, second] as RecordedEvent[], 2);
    store.commit();
    expect(store.counts("registry", "tags")).toEqual(new Map(Object.entries({ x: 1, y: 1 })));
    store.apply(rest, history.seq);
    expect(store.commit().seq).toBe(history.seq);
    expect(told).toEqual([
      [3, "registry"],
      [5, "commands"],
    ]);
    expect(store.counts("registry", "tags")).toEqual(new Map(Object.entries({ x: 1, y: 2 })));
    expect(store.query("SELECT key FROM commands")).toEqual([{ key: "c1" }]);
    store.close();
  });
});

describe("ViewStore.belongings", () => {
  it("compares the rows before and after the last transaction, with any number of changes in between", () => {
    const history = new History();
    history.register("a", { tags: ["x"] });
    const store = open();
    const commit = () => {
      store.apply(history.events.splice(0), history.seq);
      const { changed } = store.commit();
      return Object.fromEntries([...changed].map(([name, keys]) => [name, store.belongings(name, keys ?? [], store)]));
    };
    const ofTags = (...tags: string[]) => ({ account: "main", tags });
    expect(commit().registry).toEqual([{ before: null, after: ofTags("x") }]);
    for (const tag of ["y", "z"]) {
      history.add("a", { type: "DeviceTagged", data: { device: "a", tags: [tag], by: "bo" } });
    }
    history.open("a");
    const change = { before: ofTags("x"), after: ofTags("z") };
    expect(commit()).toEqual({ registry: [change], status: [change], acts: [change, change] });
    store.close();
  });
});

describe("ViewStore.query", () => {
  it("drops statements that were not used for long", () => {
    const store = open();
    const ask = (n: number) => expect(store.query(`SELECT ${n} AS n`)).toEqual([{ n }]);
    for (let n = 0; n < 300; n++) ask(n);
    const prepare = vi.spyOn(DatabaseSync.prototype, "prepare");
    ask(299);
    expect(prepare).not.toHaveBeenCalled();
    ask(0);
    expect(prepare).toHaveBeenCalledOnce();
    prepare.mockRestore();
    store.close();
  });
});

describe("ViewFiles", () => {
  const files = () => new ViewFiles({ directory, stream: "FLEET", projections: FLEET_PROJECTIONS, logger });

  it("continues an interrupted build", () => {
    const first = files();
    const building = first.open();
    building.apply([], 5);
    building.commit();
    building.close();
    const second = files();
    const again = second.open();
    expect(again.meta).toMatchObject({ checkpoint: 5, complete: false });
    again.markComplete();
    second.create().close();
    again.close();
    const third = files();
    const chosen = third.open();
    expect(chosen.meta).toMatchObject({ checkpoint: 5, complete: true });
    chosen.close();
  });

  it("creates the indexes last, even if a build is interrupted between two of them", () => {
    const files = new ViewFiles({ directory, stream: "FLEET", projections: FLEET_PROJECTIONS, logger });
    const building = files.create();
    const history = new FleetHistory(20);
    const events = [...history.registrations(), ...history.next(500)];
    building.apply(events, through(events));
    building.commit();
    const [first = "", second = "", ...others] = building.missingIndexes();
    for (const name of [first, second]) building.createIndex(name);
    building.close();

    const opened = files.open();
    expect(opened.missingIndexes()).toEqual(others);
    expect(() => opened.createIndex("nothing")).toThrow(TypeError);
    for (const name of others) opened.createIndex(name);
    opened.markComplete();
    const whole = open();
    whole.apply(events, through(events));
    whole.commit();
    const schema = "SELECT type, name, sql FROM sqlite_schema ORDER BY type, name";
    expect(opened.query(schema)).toEqual(whole.query(schema));
    expect(rows(opened)).toEqual(rows(whole));
    expect(opened.queryOne("PRAGMA integrity_check")).toEqual({ integrity_check: "ok" });
    for (const store of [opened, whole]) store.close();
  });

  it("creates an index that the events need before the others", () => {
    const files = new ViewFiles({ directory, stream: "FLEET", projections: FLEET_PROJECTIONS, logger });
    const building = files.create();
    const history = new History();
    history.register("a");
    history.open("a", "g1", "i1");
    history.gateway("GatewayLost", "g1", "i1");
    const missing = building.missingIndexes();
    building.apply(history.events, history.seq);
    building.commit();
    expect(missing.filter((name) => !building.missingIndexes().includes(name))).toEqual(["status_by_gateway_key_part"]);
    building.close();
  });

  it("replaces a file that can't be read", () => {
    const first = files();
    const { path: damaged } = first.open();
    writeFileSync(damaged, "no database at all, but long enough to be looked at ".repeat(100));
    const second = files();
    const store = second.open();
    expect(store.meta.checkpoint).toBe(0);
    store.close();
  });
});
