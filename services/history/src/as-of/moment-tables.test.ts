import type { Projection } from "@fleetlog/projections/folding";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { StoredHistory } from "../store/stored-history.ts";
import { workspace } from "../testing/stores.ts";
import { MomentTables } from "./moment-tables.ts";

let place: Awaited<ReturnType<typeof workspace>>;
beforeAll(async () => {
  place = await workspace();
});
afterAll(() => place.remove());

/** A projection without columns of its own. Its rows as of any moment are the result of `select`. */
function sourceOf(name: string, select: string | undefined) {
  const store = { reading: <T>(task: () => Promise<T>) => task(), asOf: () => select };
  const projection = { name, columns: [] };
  return [
    name,
    { store: store as unknown as StoredHistory, projection: projection as unknown as Projection, seq: 1 },
  ] as const;
}

it("moment tables count the rows of all tables that queries have read, for the limit on kept rows", async () => {
  const rows = (n: number) => `SELECT range AS version, 1 AS seq, 'k' || range AS key FROM range(${n})`;
  const sources = new Map([sourceOf("pumps", rows(5_000)), sourceOf("doors", rows(7)), sourceOf("none", undefined)]);
  const tables = await MomentTables.open(place.duck, "moment1", sources);
  const count = async (name: string) => tables.ask({ sql: `SELECT count(*) AS n FROM ${name}`, values: [] });
  expect(tables.rows).toBe(0);
  expect(await count("pumps")).toEqual([{ n: 5_000 }]);
  expect(tables.rows).toBe(5_000);
  expect(await count("pumps")).toEqual([{ n: 5_000 }]);
  expect(await count("doors")).toEqual([{ n: 7 }]);
  expect(await count("none")).toEqual([{ n: 0 }]);
  expect(tables.rows).toBe(5_007);
  await tables.close();
});
