import { store, stored } from "../../state/storage.ts";
import type { NamedQuery } from "./examples.ts";

export const MOST_SAVED = 100;

/** The queries that this person has saved in this browser, by name. */
export function savedQueries(person: string): readonly NamedQuery[] {
  try {
    const found: unknown = JSON.parse(stored(keyOf(person)) ?? "[]");
    return Array.isArray(found) ? found.filter(isNamedQuery) : [];
  } catch {
    return [];
  }
}

/**
 * Saves a query, and replaces a query with the same name.
 * @returns whether the browser has kept it: it may have no room, or forbid storage
 */
export function saveQuery(person: string, query: NamedQuery): boolean {
  const others = savedQueries(person).filter(({ name }) => name !== query.name);
  if (others.length >= MOST_SAVED) return false;
  return keep(person, [...others, query]);
}

export function removeQuery(person: string, name: string): boolean {
  return keep(
    person,
    savedQueries(person).filter((one) => one.name !== name),
  );
}

function keep(person: string, queries: readonly NamedQuery[]): boolean {
  const text = JSON.stringify(queries.toSorted((a, b) => a.name.localeCompare(b.name)));
  store(keyOf(person), text);
  return stored(keyOf(person)) === text;
}

/** People may share a browser. */
function keyOf(person: string): string {
  return `fleetlog-queries ${person}`;
}

function isNamedQuery(value: unknown): value is NamedQuery {
  const { name, sql } = (value ?? {}) as Partial<NamedQuery>;
  return typeof name === "string" && typeof sql === "string";
}
