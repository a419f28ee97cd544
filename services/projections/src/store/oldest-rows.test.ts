import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { History } from "../fixtures/history.ts";
import { acts } from "../views/audit/acts.ts";
import { ViewStore } from "./store.ts";

it("keeps only the newest rows, for batches of any size, also after the file was opened again", () => {
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
