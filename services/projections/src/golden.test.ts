import { readFileSync } from "node:fs";
import type { RecordedEvent } from "@fleetlog/domain";
import { goldenLogs } from "@fleetlog/domain/fixtures";
import { describe, expect, it } from "vitest";
import { type Projection, streamOfProjection } from "./projection.ts";
import { foldOnly } from "./store/fold-only.ts";
import { type StoreObserver, ViewStore } from "./store/store.ts";
import { FLEET_PROJECTIONS, VIEWS } from "./views/index.ts";
import { projectionsOf } from "./views/view.ts";

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

  it("never change a row's ordinal or fixed columns, by which the history looks rows up", () => {
    const changed = new Set<string>();
    let rows = 0;
    for (const [stream, projections] of Map.groupBy(projectionsOf(VIEWS), streamOfProjection)) {
      const observer: StoreObserver = {
        event() {},
        version({ name, columns, ordinal }, _key, row, before) {
          if (before === undefined) return;
          rows += 1;
          if (ordinal?.(row) !== ordinal?.(before)) changed.add(`${name}.ordinal`);
          for (const { name: column, fixed, of } of columns) {
            if (fixed && of(row) !== of(before)) changed.add(`${name}.${column}`);
          }
        },
      };
      const store = new ViewStore({ path: ":memory:", projections, observer });
      const all = events.filter((event) => event.stream === stream);
      store.apply(all, all.at(-1)?.seq ?? 0);
      store.close();
    }
    expect(rows).toBeGreaterThan(0);
    expect([...changed]).toEqual([]);
  });
});
