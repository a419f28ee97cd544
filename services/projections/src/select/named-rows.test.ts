import { beforeEach, expect, it } from "vitest";
import type { Filter, Order } from "../filter.ts";
import { type Part, parts, storeOf } from "../fixtures/parts.ts";
import type { Projection } from "../projection.ts";
import type { ViewStore } from "../store/store.ts";
import { commands } from "../views/commands/commands.ts";
import { type NamedRows, namedBy } from "./named-rows.ts";
import { Reader } from "./reader.ts";
import type { Rows, Statement } from "./relation.ts";

const KINDS = ["bolt", "nut", "gear", "belt"] as const;
const PARTS = { tables: [parts] };
/** A table that is joined with the parts by key. */
const grams: Projection<Part> = {
  ...parts,
  name: "grams",
  columns: [
    { name: "grams", type: "integer", of: ({ weight }) => (weight ?? 0) * 1_000 },
    { name: "tags", type: "set", memberTable: true, of: ({ marks }) => marks },
  ],
  derived: [],
  indexes: [],
  facets: [],
};
const BOTH = { tables: [parts, grams] };

/**
 * Runs each statement again for each entry of its `names`, on a table with only the named rows. The result must be the
 * same.
 */
class NamedOnly implements Rows {
  readonly statements: Statement[] = [];
  readonly #store: ViewStore;

  constructor(store: ViewStore) {
    this.#store = store;
  }

  get named(): readonly NamedRows[] {
    return this.statements.flatMap(({ names = [] }) => names);
  }

  select<Row>(statement: Statement): Row[] {
    this.statements.push(statement);
    const { sql, names = [], tables, members = [] } = statement;
    expect(projectionsIn(sql), sql).toEqual({ tables: new Set(tables), members: new Set(members) });
    const found = this.#store.select<Row>(statement);
    for (const { table, column, values: named } of names) {
      const rows = `SELECT * FROM main.${table} WHERE "${column}" IN (SELECT value FROM json_each('${JSON.stringify(named)}'))`;
      const unhinted = sql.replaceAll(/ (?:NOT INDEXED|INDEXED BY \w+)/g, "");
      expect(this.#store.select({ ...statement, sql: `WITH ${table} AS (${rows}) ${unhinted}` }), unhinted).toEqual(
        found,
      );
    }
    return found;
  }

  projection(name: string): Projection {
    return this.#store.projection(name);
  }

  counts(projection: string, column: string): ReadonlyMap<string, number> {
    return this.#store.counts(projection, column);
  }

  changedAt(projection: string): number {
    return this.#store.changedAt(projection);
  }
}

function projectionsIn(sql: string): { readonly tables: ReadonlySet<string>; readonly members: ReadonlySet<string> } {
  const found = [...sql.matchAll(/\b(?:FROM|JOIN) (parts|grams)(_\w+)?\b/g)];
  const names = (some: typeof found) => new Set(some.map(([, name = ""]) => name));
  return { tables: names(found), members: names(found.filter(([, , members]) => members !== undefined)) };
}

let rows: NamedOnly;
let reader: Reader;
beforeEach(() => {
  const all = Array.from({ length: 60 }, (_, i): Part => {
    const owner = `p${((i * 7) % 60) + 1}`;
    return {
      key: `p${i + 1}`,
      seq: i + 1,
      kind: KINDS[i % 4] ?? "nut",
      weight: i % 7,
      label: `M${i}`,
      marks: i % 10 === 0 ? ["red"] : [],
      owner,
    };
  });
  rows = new NamedOnly(storeOf(all, [grams]));
  reader = new Reader(rows);
});

const keys = ["p3", "p9", "p10"];
const NAMING: readonly (readonly [Filter, Omit<NamedRows, "table">])[] = [
  [
    { column: "key", eq: "p9" },
    { column: "key", values: ["p9"] },
  ],
  [
    { column: "key", in: keys },
    { column: "key", values: keys },
  ],
  [
    { column: "key", inMany: keys },
    { column: "key", values: keys },
  ],
  [
    { column: "ordinal", eq: 10 },
    { column: "ordinal", values: [10] },
  ],
  [
    { column: "ordinal", in: [3, 9, 10] },
    { column: "ordinal", values: [3, 9, 10] },
  ],
];
const ORDERS: readonly Order[] = [[{ column: "ordinal" }], [{ column: "label", descending: true }]];

it.each(NAMING)("a list, a count and a tally by %j need only these rows", (filter, name) => {
  const asked: Filter = {
    and: [filter, { column: "kind", in: ["nut", "gear", "bolt"] }, { column: "weight", gte: 1 }],
  };
  for (const order of ORDERS) {
    expect(reader.keys(PARTS, asked, order, { limit: 9 }).length).toBeGreaterThan(0);
    reader.page(PARTS, { list: "parts", filter: asked, order, limit: 2 }, (found) => found);
  }
  reader.count(PARTS, asked);
  reader.tally(PARTS, asked, "owner");
  expect(rows.named).toContainEqual({ table: "parts", ...name });
});

it("rows by key need only these rows, also of a joined table", () => {
  expect(reader.rows(BOTH, ["p2", "p5"], { kind: "kind", grams: "grams" })).toEqual([
    { kind: "nut", grams: 1_000 },
    { kind: "bolt", grams: 4_000 },
  ]);
  const named = { column: "key", values: ["p2", "p5"] };
  expect(rows.named).toEqual([
    { table: "parts", ...named },
    { table: "grams", ...named },
  ]);
});

it("a statement declares the tables of a join, of a reference and of members", () => {
  const owned: Filter = { column: "owner", refersTo: "parts", where: { column: "kind", eq: "nut" } };
  const tagged: Filter = { column: "tags", eq: "red" };
  const filter: Filter = { and: [tagged, { or: [owned, { column: "weight", eq: 99 }] }] };
  reader.keys(BOTH, filter, [{ column: "ordinal" }], { limit: 9 });
  reader.page(BOTH, { list: "parts", filter, order: [{ column: "label" }], limit: 2 }, (found) => found);
  expect(rows.statements.filter(({ members = [] }) => members.length > 0).length).toBeGreaterThan(1);
});

it("a statement of several parts names no rows, because each part reads others", () => {
  const filter: Filter = { column: "key", in: ["p3", "p9"] };
  expect(reader.keys(PARTS, filter, [{ column: "label" }], { limit: 9 })).toEqual(["p3", "p9"]);
  expect(rows.statements.some(({ sql }) => sql.includes("UNION ALL"))).toBe(true);
  expect(rows.named).toEqual([]);
});

it("if a reference also reads the table, all rows of the table are needed", () => {
  const owned: Filter = { column: "owner", refersTo: "parts", where: { column: "kind", in: [...KINDS] } };
  const filter: Filter = { and: [{ column: "key", eq: "p2" }, { or: [owned, { column: "weight", eq: 99 }] }] };
  expect(reader.keys(PARTS, filter, [{ column: "ordinal" }], { limit: 9 })).toEqual(["p2"]);
  expect(rows.named).toEqual([]);
});

it("a filter names rows only if it compares a fixed column with values", () => {
  const device: Filter = { column: "device", eq: "d" };
  expect(namedBy([{ column: "state", eq: "issued" }, device, { column: "by", in: ["a", "b"] }], commands)).toEqual([
    { table: "commands", column: "device", values: ["d"] },
    { table: "commands", column: "by", values: ["a", "b"] },
  ]);
  const others: readonly Filter[] = [
    { not: device },
    { or: [device, { column: "by", eq: "a" }] },
    { column: "device", prefix: "d" },
    { column: "device", gte: "d" },
    { column: "device", isNull: false },
    { column: "device", refersTo: "registry", where: { column: "key", eq: "d" } },
  ];
  expect(namedBy(others, commands)).toEqual([]);
});

it("named values are folded as the values of their column are", () => {
  const columns = parts.columns.map((column) =>
    column.name === "text" ? { ...column, fixed: true as const } : column,
  );
  const folded = { table: "parts", column: "text", values: ["zoë"] };
  expect(namedBy([{ column: "text", eq: "ZOË" }], { ...parts, columns } as Projection)).toEqual([folded]);
});
