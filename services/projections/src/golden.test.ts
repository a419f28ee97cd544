import { readFileSync } from "node:fs";
import type { RecordedEvent } from "@fleetlog/domain";
import { goldenLogs } from "@fleetlog/domain/fixtures";
import { describe, expect, it } from "vitest";
import type { Projection } from "./projection.ts";
import { foldOnly } from "./store/fold-only.ts";
import { ViewStore } from "./store/store.ts";
import { FLEET_PROJECTIONS } from "./views/index.ts";

type Rows = Readonly<Record<string, unknown>>;

function rowsAfter(
  events: readonly RecordedEvent[],
  names: readonly string[],
  batch: number,
  projections: readonly Projection[] = FLEET_PROJECTIONS,
): Record<string, Rows> {
  const store = new ViewStore({ path: ":memory:", projections });
  try {
    for (let i = 0; i < events.length; i += batch) {
      const some = events.slice(i, i + batch);
      store.apply(some, some.at(-1)?.seq ?? 0);
      store.commit();
    }
    return Object.fromEntries(
      names.map((name) => {
        const rows = store.query<{ key: string; row: string }>(`SELECT key, row FROM ${name} ORDER BY key`);
        return [name, Object.fromEntries(rows.map(({ key, row }) => [key, JSON.parse(row)]))];
      }),
    );
  } finally {
    store.close();
  }
}

describe.each(goldenLogs())("the views of the golden log of $release", ({ release, events }) => {
  // The golden rows lack views of later releases.
  const file = new URL(`../golden/${release}.rows.json`, import.meta.url);
  const expected = JSON.parse(readFileSync(file, "utf8")) as Readonly<Record<string, Rows>>;
  const fleet = events.filter(({ stream }) => stream === "FLEET");

  it.each([1, 7, 1_000])("build the recorded rows in batches of %i events", (batch) => {
    expect(rowsAfter(fleet, Object.keys(expected), batch)).toEqual(expected);
  });

  it("build the same rows in a store without the columns and indexes of queries", () => {
    expect(rowsAfter(fleet, Object.keys(expected), 7, FLEET_PROJECTIONS.map(foldOnly))).toEqual(expected);
  });

  it("build the same rows when every event is applied twice", () => {
    const twice = fleet.flatMap((event) => [event, event]);
    expect(rowsAfter(twice, Object.keys(expected), 5)).toEqual(expected);
  });
});
