import { isLimited, type Scope } from "@fleetlog/domain";
import { conjuncts, type Filter } from "../filter.ts";
import type { Database, Relation } from "./relation.ts";

/** A scope that may select some rows by a list of keys instead of by account and tags. */
export interface ReaderScope extends Scope {
  /**
   * Rows of this projection are within the scope if their key is listed, and so are rows that belong to them. Used for
   * rows of the past, because their devices may have another account and other tags today.
   */
  readonly listed?: { readonly projection: string; readonly keys: readonly string[] };
}

/** What to read for rows within a scope. */
export interface Scoped {
  readonly relation: Relation;
  readonly filters: readonly Filter[];
}

/** Adds the accounts and tags of the scope to a filter, so that only rows within the scope match. */
export function scoped(
  database: Pick<Database, "projection">,
  scope: ReaderScope,
  relation: Relation,
  filter: Filter,
): Scoped {
  const filters: Filter[] = [...conjuncts([filter])];
  if (!isLimited(scope)) return { relation, filters };
  const { accounts, tags, listed } = scope;
  const within: Filter[] = [];
  if (accounts !== undefined) within.push({ column: "account", in: accounts });
  if (tags !== undefined) within.push({ column: "tags", in: tags });
  const { tables } = relation;
  if (listed !== undefined && tables.some(({ name }) => name === listed.projection)) {
    return { relation, filters: [...filters, { column: "key", inMany: listed.keys }] };
  }
  if (tables.some(({ belongs }) => belongs === "own")) return { relation, filters: [...filters, ...within] };
  if (tables.some(({ belongs }) => belongs === "account")) {
    if (accounts !== undefined) filters.push({ column: "account", in: accounts });
    return { relation, filters };
  }
  for (const { belongs } of tables) {
    if (typeof belongs === "string") continue;
    const { column, to, hidden, elseAccount } = belongs;
    if (hidden !== undefined && accounts !== undefined) filters.push({ column: hidden, eq: 0 });
    if (elseAccount !== undefined) {
      const ofOthers: Filter =
        listed?.projection === to ? { column, inMany: listed.keys } : { column, refersTo: to, where: { and: within } };
      const own: Filter[] = tags === undefined && accounts !== undefined ? [ownOf(column, elseAccount, accounts)] : [];
      return { relation, filters: [...filters, { or: [ofOthers, ...own] }] };
    }
    if (listed?.projection === to) return { relation, filters: [...filters, { column, inMany: listed.keys }] };
    if (column !== "key") return { relation, filters: [...filters, { column, refersTo: to, where: { and: within } }] };
    // With a join by key, SQLite can read the other table first, and then only rows within the scope from this one.
    return { relation: { tables: [...tables, database.projection(to)] }, filters: [...filters, ...within] };
  }
  return { relation, filters };
}

function ownOf(column: string, elseAccount: string, accounts: readonly string[]): Filter {
  return {
    and: [
      { column, eq: "" },
      { column: elseAccount, in: accounts },
    ],
  };
}
