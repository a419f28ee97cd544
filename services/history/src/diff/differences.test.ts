import { join } from "node:path";
import type { StreamName } from "@fleetlog/domain";
import { fedViews, random } from "@fleetlog/projections/fixtures";
import { projectionsOf, streamOfProjection, VIEWS, type ViewRow } from "@fleetlog/projections/folding";
import type { DiffItem } from "@fleetlog/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { changesOf } from "../changes/fields.ts";
import { HistoryStore } from "../store/history-store.ts";
import { eventsUpTo, ofStream, randomHistory } from "../testing/random-history.ts";
import { feed, silent, workspace } from "../testing/stores.ts";
import { Differences } from "./differences.ts";

const PAIRS = 25;
const history = randomHistory(20, 600, 9);
const fleetEvents = ofStream(history, "FLEET");
const newest = fleetEvents.at(-1)?.seq ?? 0;
const at = "2026-01-01T00:00:00.000Z";
let place: Awaited<ReturnType<typeof workspace>>;
let fleet: HistoryStore;
let differences: Differences;

beforeAll(async () => {
  place = await workspace();
  const stream: StreamName = "FLEET";
  const projections = projectionsOf(VIEWS).filter((one) => streamOfProjection(one) === stream);
  const options = { directory: join(place.directory, stream), stream, projections, duck: place.duck, logger: silent };
  fleet = await HistoryStore.open({ ...options, sealEvery: 300, baseEvery: 100 });
  await feed(fleet, fleetEvents);
  differences = new Differences({ duck: place.duck, fleet });
});
afterAll(async () => {
  await differences.close();
  await fleet.close();
  place.remove();
});

const page = (from: number, to: number, more: object = {}) =>
  differences.page({ from: { seq: from, at }, to: { seq: to, at }, limit: 10_000, ...more });

type States = ReadonlyMap<string, ReadonlyMap<string, ViewRow>>;

/** The rows that a projector has after these events. */
function statesAt(seq: number): States {
  const views = fedViews(seq === 0 ? [] : eventsUpTo(history, seq));
  try {
    return new Map(
      ["registry", "status", "configurations", "updates"].map((name) => {
        const rows = views.rows.select<{ key: string; row: string }>({
          sql: `SELECT key, row FROM ${name}`,
          values: [],
          tables: [name],
        });
        return [name, new Map(rows.map(({ key, row }) => [key, JSON.parse(row) as ViewRow]))];
      }),
    );
  } finally {
    views.close();
  }
}

function expected(from: number, to: number): object[] {
  const [before, after] = [statesAt(from), statesAt(to)];
  return [...after]
    .flatMap(([name, rows]) =>
      [...rows].flatMap(([device, row]) =>
        changesOf(name, before.get(name)?.get(device), row).map((change) => ({ device, ...change })),
      ),
    )
    .filter(({ change, before, after }) => change !== "gateway" || (before !== "null" && after !== "null"))
    .map(({ device, change, before, after }) => ({
      ...{ device, change, before: JSON.parse(before), after: JSON.parse(after) },
    }))
    .sort(byField);
}

function byField(a: Pick<DiffItem, "device" | "change">, b: Pick<DiffItem, "device" | "change">): number {
  return `${a.device} ${a.change}` < `${b.device} ${b.change}` ? -1 : 1;
}

const values = (items: readonly DiffItem[]) =>
  items.map(({ device, change, before, after }) => ({ device, change, before, after })).toSorted(byField);

it("a comparison lists the fields that differ between the views' rows of the two moments", async () => {
  const dice = random(4);
  for (let i = 0; i < PAIRS; i++) {
    const [from = 0, to = 0] = [dice(), dice()].map((part) => Math.floor(part * (newest + 1))).sort((a, b) => a - b);
    const found = await page(from, to);
    expect({ from, to, items: values(found.items) }).toEqual({ from, to, items: expected(from, to) });
    expect(found.total).toBe(found.items.length);
    for (const { events } of found.items) {
      expect(events.length).toBeGreaterThan(0);
      for (const { seq, id, type, time } of events) {
        expect(seq > from && seq <= to).toBe(true);
        expect(fleetEvents.find((event) => event.seq === seq)).toMatchObject({ id, type, time });
      }
    }
    expect(found.causes.reduce((sum, { changes }) => sum + changes, 0)).toBe(found.total);
  }
}, 300_000);

it("a comparison of two equal moments lists nothing", async () => {
  const found = await page(newest, newest);
  expect(found).toMatchObject({ items: [], total: 0, causes: [], moreCauses: 0 });
});

describe("pages", () => {
  it("have each item once, the newest first", async () => {
    const whole = await page(0, newest);
    const items: DiffItem[] = [];
    for (let after: object | undefined; ; ) {
      const { items: some, last, total } = await page(0, newest, { limit: 7, after });
      expect(total).toBe(whole.total);
      items.push(...some);
      if (last === undefined) break;
      after = last;
    }
    expect(items).toEqual(whole.items);
    const seqs = items.map(({ events }) => events.at(-1)?.seq ?? 0);
    expect(seqs).toEqual(seqs.toSorted((a, b) => b - a));
  });

  it("are limited to devices, a field and a cause", async () => {
    const whole = await page(0, newest);
    const [device = "", other = ""] = new Set(whole.items.map((one) => one.device));
    const of = async (more: object) => (await page(0, newest, more)).items;
    const are = (matches: (item: DiffItem) => boolean) => whole.items.filter(matches);
    expect(await of({ devices: [device] })).toEqual(are((one) => one.device === device));
    expect(await of({ devices: [device, other] })).toEqual(are((one) => [device, other].includes(one.device)));
    expect(await of({ devices: [] })).toEqual([]);
    expect(await of({ change: "profile" })).toEqual(are((one) => one.change.startsWith("profile/")));
    expect(await of({ change: "tags" })).toEqual(are((one) => one.change === "tags"));
    const { causes } = whole;
    expect(causes.length).toBeGreaterThan(3);
    for (const { kind, by, changes, devices, firstSeq, lastSeq } of causes) {
      const found = await page(0, newest, { cause: kind, by: by ?? "" });
      expect(found.items).toEqual(are(({ cause }) => cause.kind === kind && cause.by === by));
      expect(found).toMatchObject({ total: changes, causes });
      expect(new Set(found.items.map((one) => one.device)).size).toBe(devices);
      const seqs = found.items.map(({ events }) => events.at(-1)?.seq ?? 0);
      expect([Math.min(...seqs), Math.max(...seqs)]).toEqual([firstSeq, lastSeq]);
    }
  });
});
