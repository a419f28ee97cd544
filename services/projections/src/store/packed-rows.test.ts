import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RecordedEvent } from "@fleetlog/domain";
import { expect, it, onTestFinished } from "vitest";
import { random } from "../fixtures/fleet.ts";
import { History } from "../fixtures/history.ts";
import type { Projection, ViewRow } from "../projection.ts";
import { FLEET_PROJECTIONS } from "../views/index.ts";
import { foldOnly } from "./fold-only.ts";
import { ViewStore } from "./store.ts";

const projections = FLEET_PROJECTIONS.map(foldOnly);
const BATCH = 100;

/** Events that find rows by their keys, and by a gateway or a device in a column. */
function randomEvents(devices: number, count: number): RecordedEvent[] {
  const history = new History();
  const dice = random(7);
  const pick = (most: number) => Math.floor(dice() * most);
  const epochs = new Map<string, number>();
  let issued = 0;
  for (let i = 0; i < devices; i++) history.register(`d${i}`, { name: "Pümpe", tags: [`t${i % 3}`] });
  while (history.seq < count) {
    const device = `d${pick(devices)}`;
    const epoch = epochs.get(device);
    const what = dice();
    if (what < 0.01) history.gateway(what < 0.005 ? "GatewayLost" : "GatewayStarted", `g${pick(3)}`);
    else if (what < 0.02) {
      const data = { device, from: "main", to: "acme", history: "stays", by: "bo" } as const;
      history.add(device, { type: "DeviceMoved", data });
    } else if (what < 0.03) history.profile(device, { model: "m".repeat(30_000) });
    else if (what < 0.1) history.profile(device, { model: `m${pick(9)}` });
    else if (what < 0.5 || epoch === undefined) epochs.set(device, history.open(device, `g${pick(3)}`).seq);
    else if (what < 0.7) history.issue(device, `c${issued++}`);
    else history.complete(device, `c${pick(issued)}`, epoch, "ok");
  }
  return history.events;
}

/** Parses the rows: the order of members in a row's JSON depends on how often the row was read from JSON. */
function rowsOf(store: ViewStore): unknown {
  return projections.map(({ name }) => {
    const found = store.query<{ row: string }>(`SELECT * FROM ${name} ORDER BY key`);
    return found.map(({ row, ...columns }) => ({ ...columns, row: JSON.parse(row) as unknown }));
  });
}

function follow(store: ViewStore, events: readonly RecordedEvent[], commits: (through: number) => boolean): void {
  for (let i = 0; i < events.length; i += BATCH) {
    const batch = events.slice(i, i + BATCH);
    const through = batch.at(-1)?.seq ?? 0;
    store.apply(batch, through);
    if (commits(through)) store.commit();
  }
}

it.each([
  { devices: 40, events: 4_000 },
  // More rows than fit into memory.
  { devices: 2_000, events: 8_000 },
])(
  "a store with packed rows has the same rows as a store without, for $devices devices",
  ({ devices, events: count }) => {
    const events = randomEvents(devices, count);
    const plain = new ViewStore({ path: ":memory:", projections });
    follow(plain, events, () => true);
    const directory = mkdtempSync(join(tmpdir(), "fleetlog-packed-"));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const options = { path: join(directory, "fold.sqlite"), projections, packedBytes: 768 * 1024 };
    const packed = new ViewStore(options);
    const half = count / 2;
    follow(packed, events.slice(0, half), (through) => through % 1_000 === 0);
    // These events are not committed, so they are applied again after the crash.
    follow(packed, events.slice(half, half + 700), () => false);
    packed.close();
    const again = new ViewStore(options);
    expect(again.meta.checkpoint).toBe(half);
    follow(again, events.slice(half), (through) => through % 1_000 === 0);
    expect(rowsOf(again)).toEqual(rowsOf(plain));
    for (const store of [again, plain]) store.close();
  },
);

interface Counted extends ViewRow {
  readonly gateway: string;
  readonly losses: number;
  readonly text: string;
}

/**
 * Counts for each device how often the gateway of its last session was lost. `evolve` does not compare gateways: it
 * relies on being called only for rows with the lost gateway in the column.
 */
const counted: Projection<Counted> = {
  ...{ name: "counted", version: 1, categories: ["session", "gateway"], belongs: "shared", foundBy: ["gateway"] },
  touches({ type, data }) {
    if (type === "SessionOpened") return { key: data.device };
    return type === "GatewayLost" ? { column: "gateway", value: data.gateway } : undefined;
  },
  evolve(row, { seq, type, data }) {
    if (type === "SessionOpened")
      return { seq, gateway: data.gateway, losses: row?.losses ?? 0, text: "x".repeat(800) };
    return row && { ...row, seq, losses: row.losses + 1 };
  },
  columns: [{ name: "gateway", type: "text", of: ({ gateway }) => gateway }],
  indexes: [{ on: ["gateway", "key"] }],
};

it("rows that are written during a search by column are found by their newest values", () => {
  const devices = 2_000;
  const history = new History();
  const dice = random(8);
  const gateways = new Map<string, string>();
  const losses = new Map<string, number>();
  const open = (device: string) => {
    gateways.set(device, `g${Math.floor(dice() * 2)}`);
    history.open(device, gateways.get(device) ?? "");
  };
  for (let i = 0; i < devices; i++) open(`d${i}`);
  for (let round = 0; round < 4; round++) {
    for (let i = 0; i < devices / 8; i++) open(`d${Math.floor(dice() * devices)}`);
    history.gateway("GatewayLost", `g${round % 2}`);
    for (const [device, gateway] of gateways)
      if (gateway === `g${round % 2}`) losses.set(device, (losses.get(device) ?? 0) + 1);
  }
  const store = new ViewStore({ path: ":memory:", projections: [counted], packedBytes: 768 * 1024 });
  onTestFinished(() => store.close());
  store.apply(history.events, history.seq);
  store.commit();
  const found = store.query<{ row: string }>("SELECT row FROM counted ORDER BY key");
  expect(found.map(({ row }) => (JSON.parse(row) as Counted).losses)).toEqual(
    [...gateways.keys()].toSorted().map((device) => losses.get(device) ?? 0),
  );
});

it("packed rows are written with the commit", () => {
  const history = new History();
  for (let i = 0; i < 100; i++) history.register(`d${i}`);
  const store = new ViewStore({ path: ":memory:", projections, packedBytes: 1024 ** 2 });
  onTestFinished(() => store.close());
  const count = () => store.queryOne<{ n: number }>("SELECT count(*) AS n FROM registry")?.n;
  store.apply(history.events, history.seq);
  expect(count()).toBe(0);
  store.commit();
  expect(count()).toBe(100);
});
