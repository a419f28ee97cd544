import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { History } from "../fixtures/history.ts";
import { ViewStore } from "../store/store.ts";
import { FLEET_PROJECTIONS } from "../views/index.ts";
import { type KeptLimits, KeptStates } from "./kept-states.ts";
import type { ReadConnection } from "./read-connection.ts";

const NOTHING_KNOWN = { seq: -1, counts: new Map() };
const LIMITS: KeptLimits = { states: 3, idleMs: 1_000, ageMs: 5_000, walBytes: 64 * 1024 * 1024 };

let directory: string;
let store: ViewStore;
let history: History;
let states: KeptStates;
let now: number;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "fleetlog-kept-"));
  store = new ViewStore({ path: join(directory, "views.sqlite"), projections: FLEET_PROJECTIONS });
  history = new History();
  now = 0;
  states = new KeptStates(FLEET_PROJECTIONS, "p1.", LIMITS, () => now);
  register("a");
});
afterEach(() => {
  states.close();
  store.close();
  rmSync(directory, { recursive: true, force: true });
});

function register(id: string): void {
  history.register(id);
  store.apply(history.events.splice(0), history.seq);
  store.commit();
}

const count = (rows: ReadConnection) =>
  rows.select<{ n: number }>({ sql: "SELECT count(*) AS n FROM registry", values: [], tables: ["registry"] })[0]?.n;
const read = (name?: string) => states.read(store.path, name, NOTHING_KNOWN, count);
const keep = () => states.read(store.path, undefined, NOTHING_KNOWN, (rows) => rows.keep());

describe("KeptStates", () => {
  it("reads a kept state unchanged, and reads the newest rows without a name or with an unknown name", () => {
    const name = keep();
    register("b");
    expect(read(name)).toBe(1);
    expect(read()).toBe(2);
    expect(read("p1.99")).toBe(2);
  });

  it("first releases states of which only one page was read, when there are too many states", () => {
    const [first, second] = [keep(), keep()];
    read(first);
    for (let i = 0; i < 5; i++) keep();
    expect(states.size).toBe(LIMITS.states);
    register("b");
    expect(read(first)).toBe(1);
    expect(read(second)).toBe(2);
  });

  it("releases unused states and old states", () => {
    const [used, idle] = [keep(), keep()];
    for (; now < 4_900; now += 700) {
      read(used);
      states.check();
    }
    expect(states.size).toBe(1);
    register("b");
    expect([read(used), read(idle)]).toEqual([1, 2]);
    now = 5_100;
    states.check();
    expect(states.size).toBe(0);
  });

  it("releases all states when the write-ahead log grows beyond its limit", () => {
    states.close();
    states = new KeptStates(FLEET_PROJECTIONS, "p1.", { ...LIMITS, walBytes: 1 }, () => now);
    const name = keep();
    register("b");
    states.check();
    expect(states.size).toBe(0);
    expect(read(name)).toBe(2);
  });

  it("releases the states of a file that no longer serves", () => {
    keep();
    const other = new ViewStore({ path: join(directory, "other.sqlite"), projections: FLEET_PROJECTIONS });
    expect(states.read(other.path, undefined, NOTHING_KNOWN, count)).toBe(0);
    expect(states.size).toBe(0);
    other.close();
  });

  it("uses the projector's counts only for the rows that they were counted in", () => {
    const known = { seq: 1, counts: new Map([["status.status", new Map([["never-connected", 7]])]]) };
    const statuses = () => states.read(store.path, undefined, known, (rows) => rows.counts("status", "status"));
    expect(statuses().get("never-connected")).toBe(7);
    register("b");
    expect(statuses().get("never-connected")).toBe(2);
  });
});
