import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { History } from "../fixtures/history.ts";
import { acts } from "../views/audit/acts.ts";
import { ViewStore } from "./store.ts";

it("the table keeps only the newest rows, for batches of any size, also after the file was opened again", () => {
  const folder = mkdtempSync(join(tmpdir(), "fleetlog-oldest-"));
  const history = new History();
  for (let i = 0; i < 40; i++) history.register(`d${i}`);
  const kept = (batch: number): unknown[] => {
    const path = join(folder, `${batch}.sqlite`);
    const open = () => new ViewStore({ path, projections: [{ ...acts, newest: 7 }] });
    let store = open();
    for (let i = 0; i < 40; i += batch) {
      const some = history.events.slice(i, i + batch);
      store.apply(some, some.at(-1)?.seq ?? 0);
      store.commit();
      if (i % 2 === 0) {
        store.close();
        store = open();
      }
    }
    const rows = store.query<{ ordinal: number }>("SELECT ordinal FROM acts ORDER BY ordinal");
    store.close();
    return rows.map(({ ordinal }) => ordinal);
  };
  for (const batch of [1, 3, 40]) expect(kept(batch)).toEqual([34, 35, 36, 37, 38, 39, 40]);
  rmSync(folder, { recursive: true, force: true });
});

it("the table drops old rows also during a long transaction, and a dropped row that changes does not come back", () => {
  const history = new History();
  const register = (count: number) => {
    for (let i = 0; i < count; i++) history.register(`d${history.seq}`);
  };
  register(1_100);
  const data = { device: "d0", from: "main", to: "acme", history: "stays", by: "bo" } as const;
  history.add("d0", { type: "DeviceMoved", data });
  register(5_000);
  const stores = [0, 1].map(() => new ViewStore({ path: ":memory:", projections: [{ ...acts, newest: 2_000 }] }));
  const [once, often] = stores as [ViewStore, ViewStore];
  once.apply(history.events, history.seq);
  const written = once.queryOne<{ n: number }>("SELECT count(*) AS n FROM acts")?.n;
  expect(written).toBeGreaterThan(0);
  expect(written).toBeLessThan(4_500);
  once.commit();
  for (const event of history.events) {
    often.apply([event], event.seq);
    often.commit();
  }
  const rows = (store: ViewStore) => store.query("SELECT * FROM acts ORDER BY ordinal");
  expect(rows(once)).toHaveLength(2_000);
  expect(rows(once)).toEqual(rows(often));
  for (const store of stores) store.close();
});
