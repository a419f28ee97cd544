import type { DatabaseSync } from "node:sqlite";
import type { Value } from "../filter.ts";
import type { Facet, Projection, ViewRow } from "../projection.ts";
import { decodeSet } from "../select/sets.ts";

type Read = (column: string) => Value;
type Counts = Map<string, number>;

/**
 * The number of rows for each value of a projection's facets. The first query counts in the table; each later change
 * updates the counts.
 */
export class FacetCounts {
  readonly #db: DatabaseSync;
  readonly #projection: Projection;
  #counts: ReadonlyMap<Facet, Counts> | undefined;

  constructor(db: DatabaseSync, projection: Projection) {
    this.#db = db;
    this.#projection = projection;
  }

  of(column: string): ReadonlyMap<string, number> {
    this.#counts ??= this.#load();
    for (const [facet, counts] of this.#counts) if (facet.column === column) return counts;
    throw new Error(`${this.#projection.name} does not count ${column}`);
  }

  forget(): void {
    this.#counts = undefined;
  }

  changed(before: ViewRow | undefined, after: ViewRow): void {
    if (this.#counts === undefined) return;
    if (before !== undefined) countAll(this.#counts, this.#reader(before), -1);
    countAll(this.#counts, this.#reader(after), 1);
  }

  #load(): ReadonlyMap<Facet, Counts> {
    const { name, facets = [] } = this.#projection;
    const counts = new Map<Facet, Counts>(facets.map((facet) => [facet, new Map()]));
    const columns = new Set(
      facets.flatMap(({ column, among }) => (among === undefined ? column : [column, among.column])),
    );
    if (columns.size === 0) return counts;
    const sets = new Set(this.#projection.columns.filter(({ type }) => type === "set").map((column) => column.name));
    const sql = `SELECT ${[...columns].map((column) => `"${column}"`).join(", ")} FROM ${name}`;
    for (const row of this.#db.prepare(sql).iterate() as Iterable<Record<string, string | number | null>>) {
      countAll(counts, (column) => (sets.has(column) ? decodeSet(String(row[column])) : (row[column] ?? null)), 1);
    }
    return counts;
  }

  #reader(row: ViewRow): Read {
    return (name) => this.#projection.columns.find((column) => column.name === name)?.of(row) ?? null;
  }
}

function countAll(counts: ReadonlyMap<Facet, Counts>, read: Read, by: 1 | -1): void {
  for (const [facet, of] of counts) count(of, facet, read, by);
}

function count(counts: Counts, { column, among }: Facet, read: Read, by: 1 | -1): void {
  if (among !== undefined && read(among.column) !== among.is) return;
  const value = read(column);
  if (value === null) return;
  if (typeof value === "object") for (const one of value) add(counts, one, by);
  else add(counts, String(value), by);
}

function add(counts: Counts, value: string, by: 1 | -1): void {
  const now = (counts.get(value) ?? 0) + by;
  if (now > 0) counts.set(value, now);
  else counts.delete(value);
}
