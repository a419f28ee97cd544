import { beforeAll, describe, expect, it } from "vitest";
import { compare, type Filter, matches, type Order, type Value } from "../filter.ts";
import { random } from "../fixtures/fleet.ts";
import { type Part, parts, storeOf } from "../fixtures/parts.ts";
import type { ViewStore } from "../store/store.ts";
import { Reader } from "./reader.ts";

const PARTS = { tables: [parts] };
const KINDS = ["bolt", "nut", "gear", "belt"] as const;
const LABELS = [null, "", "M8", "m8", "M10", "Zoë's", "100 %", "a_b", "\u{1f529} big", "bolt"];
const MARKS = ["x", "y", "xy", "%"];
const dice = random(11);
const one = <T>(of: readonly T[]): T => of[Math.floor(dice() * of.length)] as T;

const all: Part[] = Array.from({ length: 400 }, (_, i) => ({
  key: `p${i + 1}`,
  seq: i + 1,
  kind: one(KINDS),
  weight: dice() < 0.2 ? null : Math.floor(dice() * 20) - 5,
  label: one(LABELS),
  marks: MARKS.filter(() => dice() < 0.3),
  owner: one(["a", "b", "c"]),
}));
const byKey = new Map(all.map((part) => [part.key, part]));

let store: ViewStore;
let reader: Reader;
beforeAll(() => {
  store = storeOf(all);
  reader = new Reader(store);
});

function inColumn(part: Part, column: string): Value {
  if (column === "key") return part.key;
  if (column === "ordinal") return Number(part.key.slice(1));
  if (column === "round") return part.kind === "bolt" || part.kind === "nut" ? 1 : 0;
  return parts.columns.find(({ name }) => name === column)?.of(part) ?? null;
}

function matching(filter: Filter): string[] {
  return all.filter((part) => matches(filter, (column) => inColumn(part, column))).map(({ key }) => key);
}

function found(filter: Filter, order: Order = [{ column: "ordinal" }]): readonly string[] {
  return reader.keys(PARTS, filter, order, { limit: all.length });
}

const SIMPLE: readonly Filter[] = [
  { column: "kind", eq: "nut" },
  { column: "kind", in: ["nut", "gear"] },
  { column: "kind", in: ["gear", "belt"] },
  { column: "kind", in: [] },
  { column: "kind", prefix: "b" },
  { column: "owner", eq: "a" },
  { column: "weight", eq: 3 },
  { column: "weight", in: [1, 2, -5] },
  { column: "weight", gt: 0, lte: 7 },
  { column: "weight", gte: 2, lt: 3 },
  { column: "weight", isNull: true },
  { column: "weight", isNull: false },
  { column: "label", eq: "M8" },
  { column: "label", eq: "" },
  { column: "label", isNull: true },
  { column: "label", contains: "%" },
  { column: "label", contains: "_" },
  { column: "label", prefix: "M" },
  { column: "label", prefix: "\u{1f529}" },
  { column: "label", gte: "M", lt: "N" },
  { column: "marks", eq: "x" },
  { column: "marks", in: ["y", "%"] },
  { column: "marks", in: [] },
  { column: "marks", isNull: true },
  { column: "marks", isNull: false },
  { column: "round", eq: 1 },
  { column: "round", eq: 0 },
  { and: [] },
  { or: [] },
];

function made(depth: number): Filter {
  const way = depth === 0 ? 0 : Math.floor(dice() * 5);
  if (way === 1) return { not: made(depth - 1) };
  if (way === 2) return { and: Array.from({ length: 1 + Math.floor(dice() * 3) }, () => made(depth - 1)) };
  if (way === 3) return { or: Array.from({ length: 1 + Math.floor(dice() * 3) }, () => made(depth - 1)) };
  return one(SIMPLE);
}

describe("a filter in SQL", () => {
  it.each(SIMPLE)("%j finds and counts the matching rows, and its negation finds and counts the others", (filter) => {
    for (const asked of [filter, { not: filter }]) {
      expect(found(asked)).toEqual(matching(asked));
      expect(reader.count(PARTS, asked)).toBe(matching(asked).length);
    }
  });

  it("finds the rows that match any combination of filters, in any order", () => {
    for (let i = 0; i < 400; i++) {
      const filter: Filter = { and: [made(3), made(1)] };
      const expected = matching(filter);
      expect(found(filter), JSON.stringify(filter)).toEqual(expected);
      expect([...found(filter, [{ column: "label", descending: true }])].sort()).toEqual([...expected].sort());
      expect(reader.count(PARTS, filter)).toBe(expected.length);
    }
  });

  it("folds the letter case of the filter's value if the column's is folded", () => {
    expect(found({ column: "text", contains: "ZOË" })).toEqual(matching({ column: "label", eq: "Zoë's" }));
  });

  it("refuses an undeclared column, and a text search in a set", () => {
    expect(() => found({ column: "color", eq: 1 })).toThrow(/no column color|has all of|color/);
    expect(() => found({ column: "marks", contains: "x" })).toThrow(/is a set/);
  });

  it("passes values as parameters", () => {
    expect(found({ column: "label", eq: "' OR 1=1 --" })).toEqual([]);
    expect(found({ column: "marks", eq: "') > 0 OR 1=1 --" })).toEqual([]);
  });
});

const ORDERS: readonly Order[] = [
  [{ column: "ordinal" }],
  [{ column: "ordinal", descending: true }],
  [{ column: "key" }],
  [{ column: "kind" }],
  [{ column: "kind", descending: true }],
  [{ column: "label" }],
  [{ column: "label", descending: true }],
  [{ column: "kind" }, { column: "owner" }],
  [{ column: "kind" }, { column: "owner", descending: true }],
  [{ column: "owner", descending: true }, { column: "kind" }, { column: "ordinal", descending: true }],
];

function inOrder(keys: readonly string[], order: Order): string[] {
  const last = order.at(-1);
  const whole =
    last?.column === "ordinal" ? order : [...order, { column: "key", descending: last?.descending ?? false }];
  const sorted = (key: string, column: string) =>
    inColumn(byKey.get(key) as Part, column === "label" ? "byLabel" : column) as string | number;
  return keys.toSorted((a, b) => {
    for (const { column, descending = false } of whole) {
      const [x, y] = [sorted(a, column), sorted(b, column)];
      if (column === "label" && (x === "") !== (y === "")) return x === "" ? 1 : -1;
      const difference = compare(x, y);
      if (difference !== 0) return descending ? -difference : difference;
    }
    return 0;
  });
}

describe("an order", () => {
  const filters: readonly Filter[] = [
    { and: [] },
    { column: "kind", in: ["gear", "nut", "belt"] },
    {
      and: [
        { column: "owner", eq: "b" },
        { column: "kind", in: ["gear", "belt"] },
      ],
    },
    { column: "text", contains: "m" },
    { column: "weight", gt: 3 },
  ];
  const cases = ORDERS.flatMap((order) => filters.map((filter) => [order, filter] as const));

  it.each(cases)("%j pages through %j by cursor and by offset", (order, filter) => {
    const expected = inOrder(matching(filter), order);
    const page = (more: object) =>
      reader.page(PARTS, { list: "parts", filter, order, limit: 17, ...more }, (keys) => keys);
    const paged: string[] = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const { items, next, total }: ReturnType<typeof page> = page(cursor === undefined ? {} : { cursor });
      expect(total).toBe(expected.length);
      paged.push(...items);
      cursor = next;
    }
    expect(paged).toEqual(expected);
    for (const offset of [0, 5, expected.length - 3]) {
      expect(page({ offset }).items).toEqual(expected.slice(offset, offset + 17));
    }
    expect(found(filter, order)).toEqual(expected);
  });

  it("refuses a cursor of another list, order or type", () => {
    const page = (list: string, order: Order, cursor?: string) =>
      reader.page(PARTS, { list, filter: { and: [] }, order, limit: 5, cursor }, (keys) => keys);
    const refused = expect.objectContaining({ code: "invalid-request", field: "cursor" });
    const byKind = page("kinds", [{ column: "kind" }]).next ?? "";
    const byOrdinal = page("parts", [{ column: "ordinal" }]).next ?? "";
    expect(() => page("parts", [{ column: "kind" }], byKind)).toThrow(refused);
    expect(() => page("kinds", [{ column: "ordinal" }], byKind)).toThrow(refused);
    expect(() => page("parts", [{ column: "key" }], byOrdinal)).toThrow(refused);
    expect(() => page("parts", [{ column: "kind" }], byOrdinal)).toThrow(refused);
    const broken = Buffer.from(JSON.stringify(["kinds", "[1"])).toString("base64url");
    expect(() => page("kinds", [{ column: "kind" }], broken)).toThrow(refused);
  });

  it("refuses a set and a derived column", () => {
    expect(() => found({ and: [] }, [{ column: "marks" }])).toThrow(/can't be ordered/);
    expect(() => found({ and: [] }, [{ column: "round" }])).toThrow(/can't be ordered/);
    expect(() => found({ and: [] }, [{ column: "color" }])).toThrow(/color/);
  });
});
