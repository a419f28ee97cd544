import type { Scope } from "@fleetlog/domain";
import { Reader } from "../../select/reader.ts";
import type { Rows } from "../../select/relation.ts";
import type { ReaderScope } from "../../select/scoped.ts";
import { registry } from "./registry.ts";

/**
 * The scope for rows as of `seq`: the devices within the scope today, except devices whose history at `seq` is hidden
 * from their account.
 *
 * @param today the newest rows
 */
export function scopeOfPast(today: Rows, scope: Scope, seq: number): ReaderScope {
  const shown = { and: scope.accounts === undefined ? [] : [{ column: "historyFrom", lte: seq }] };
  const keys = new Reader(today, scope).keys({ tables: [registry] }, shown, [{ column: "key" }], {
    limit: Number.MAX_SAFE_INTEGER,
  });
  return listedScope(scope, keys);
}

/** The scope for rows as of a moment: rows of these devices, and rows that belong to the scope's accounts directly. */
export function listedScope(scope: Scope, keys: readonly string[]): ReaderScope {
  return { ...scope, listed: { projection: registry.name, keys } };
}
