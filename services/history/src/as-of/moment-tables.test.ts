import { join } from "node:path";
import type { Projection } from "@fleetlog/projections/folding";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { StoredHistory } from "../store/stored-history.ts";
import { workspace } from "../testing/stores.ts";
import { MomentTables, type Source } from "./moment-tables.ts";

let place: Awaited<ReturnType<typeof workspace>>;
beforeAll(async () => {
  place = await workspace();
});
afterAll(() => place.remove());

/** A projection without columns of its own. Its rows as of any moment are the result of `select`. */
function sourceOf(name: string, select: string | undefined) {
  const store = { rewrites: 0, reading: <T>(task: () => Promise<T>) => task(), asOf: () => select };
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
  const count = async (name: string) =>
    tables.ask({ sql: `SELECT count(*) AS n FROM ${name}`, values: [], tables: [name] });
  expect(tables.rows).toBe(0);
  expect(await count("pumps")).toEqual([{ n: 5_000 }]);
  expect(tables.rows).toBe(5_000);
  expect(await count("pumps")).toEqual([{ n: 5_000 }]);
  const named = 'SELECT min(pumps."key") AS "doors" FROM pumps';
  expect(await tables.ask({ sql: named, values: [], tables: ["pumps"] })).toEqual([{ doors: "k0" }]);
  expect(tables.rows).toBe(5_000);
  expect(await count("doors")).toEqual([{ n: 7 }]);
  expect(await count("none")).toEqual([{ n: 0 }]);
  expect(tables.rows).toBe(5_007);
  await tables.close();
});

// DuckDB moves the condition of a join below an inner LIMIT, into the reading of the file.
it("in a table that keeps only its newest rows, a statement with a list of values finds no older rows", async () => {
  const session = await place.duck.connect();
  const columns = "range AS version, range AS seq, 'k' || range AS key, range AS ordinal";
  const file = join(place.directory, "all.parquet");
  await session.run(`CREATE TABLE memory.main.all_versions AS SELECT ${columns} FROM range(100)`);
  await session.run(`COPY memory.main.all_versions TO '${file}' (FORMAT parquet)`);
  const all = `SELECT * FROM read_parquet('${file}') WHERE version IN (SELECT version FROM memory.main.all_versions)`;
  const [name, { store, projection }] = sourceOf("doors", `SELECT * FROM (${all}) ORDER BY ordinal DESC LIMIT 10`);
  const source = {
    store: Object.assign(store, { newestOf: () => undefined }),
    projection: { ...projection, ordinal: () => 0, newest: 10 },
    seq: 1,
  };
  const tables = await MomentTables.open(place.duck, "moment3", new Map([[name, source as unknown as Source]]));
  const sql = 'SELECT doors."key" AS key FROM doors WHERE (doors."key" IN (SELECT value FROM json_each(?)))';
  const ask = (key: string) => {
    const names = [{ table: name, column: "key", values: [key] }];
    return tables.ask({ sql, values: [JSON.stringify([key])], tables: [name], names });
  };
  expect(await ask("k1")).toEqual([]);
  expect(await ask("k98")).toEqual([{ key: "k98" }]);
  session.close();
  await tables.close();
});

it("a wide table has the columns that a statement mentions, and all columns once another statement needs more", async () => {
  const names = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
  const columns = names.map((name) => ({ name, type: "text" }));
  const values = names.map((name) => `'${name} of ' || key AS "${name}"`).join(", ");
  const rows = `SELECT *, ${values} FROM (SELECT range AS version, 1 AS seq, 'k' || range AS key FROM range(3))`;
  const [, source] = sourceOf("pumps", rows);
  const projection = { ...source.projection, columns } as unknown as Projection;
  const tables = await MomentTables.open(place.duck, "moment2", new Map([["pumps", { ...source, projection }]]));
  const [session, made] = [
    await place.duck.connect(),
    "SELECT column_name FROM duckdb_columns() WHERE schema_name = 'moment2'",
  ];
  const columnsMade = async () => (await session.all<{ column_name: string }>(made)).map((one) => one.column_name);

  const first = 'SELECT pumps."b" AS b FROM pumps ORDER BY key';
  expect(await tables.ask({ sql: first, values: [], tables: ["pumps"] })).toEqual(
    ["k0", "k1", "k2"].map((key) => ({ b: `b of ${key}` })),
  );
  expect(await columnsMade()).toEqual(["version", "seq", "key", "b"]);
  const second = 'SELECT count(*) AS n FROM pumps WHERE pumps."h" >= ?';
  expect(await tables.ask({ sql: second, values: ["h of k1"], tables: ["pumps"] })).toEqual([{ n: 2 }]);
  expect(await columnsMade()).toEqual(["version", "seq", "key", ...names]);
  expect(tables.rows).toBe(3);
  session.close();
  await tables.close();
});
