import type { ChangedScope } from "@fleetlog/protocol";
import type { ViewTable } from "./table.ts";

/** The store of the projection that rows refer to. */
export interface Owners {
  table(projection: string): ViewTable;
  /** Whether it is the store of the rows. */
  readonly isSameStore: boolean;
}

/** Account and tags of rows before and after the last transaction; undefined for rows without tags. */
export function changedScopes(table: ViewTable, keys: readonly string[], owners: Owners): ChangedScope[] | undefined {
  const { belongs } = table.projection;
  if (belongs === "shared" || belongs === "account") return undefined;
  if (belongs === "own") return keys.map((key) => table.changedBelonging(key));
  const owner = owners.table(belongs.to);
  return keys.map((key) => {
    const reference = table.reference(key, belongs.column);
    if (reference === undefined) return { before: null, after: null };
    if (reference === "" && belongs.elseAccount !== undefined) {
      const own = { account: table.reference(key, belongs.elseAccount) ?? "", tags: [] };
      return { before: own, after: own };
    }
    // Another store has its own transactions, so its present rows count as both the old and the new ones.
    if (owners.isSameStore) return owner.changedBelonging(reference);
    const now = owner.belonging(reference);
    return { before: now, after: now };
  });
}
