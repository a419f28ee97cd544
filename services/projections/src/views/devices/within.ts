import type { Scope } from "@fleetlog/domain";
import { Reader, type ReaderScope } from "../../select/reader.ts";
import type { Rows } from "../../select/relation.ts";
import { type RegistryRow, registry } from "./registry.ts";

/**
 * The scope for rows as of `seq`: of the devices that are within it today, without those whose history from then is
 * hidden from their account.
 *
 * @param today the newest rows
 */
export function scopeOfPast(today: Rows, scope: Scope, seq: number): ReaderScope {
  const order = [{ column: "key" }] as const;
  const keys = new Reader(today, scope).keys({ tables: [registry] }, { and: [] }, order, {
    limit: Number.MAX_SAFE_INTEGER,
  });
  const hidden = new Set(scope.accounts === undefined ? [] : hiddenAt(today, seq));
  return { ...scope, listed: { projection: registry.name, keys: keys.filter((key) => !hidden.has(key)) } };
}

/** Devices that moved after `seq` without their history. */
function hiddenAt(today: Rows, seq: number): string[] {
  // `configuredFrom` is never lower than `historyFrom`.
  const found = today.query<{ key: string; row: string }>(
    `SELECT registry."key" AS "key", registry."row" AS "row" FROM registry WHERE registry."configuredFrom" > ?`,
    seq,
  );
  return found
    .filter(({ row }) => ((JSON.parse(row) as RegistryRow).device.historyFrom?.seq ?? 0) > seq)
    .map(({ key }) => key);
}
