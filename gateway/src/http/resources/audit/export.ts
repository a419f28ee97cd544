import type { AuditEntry, AuditPage, ListAuditQuery } from "@fleetlog/protocol";
import type { Cell } from "../../csv/csv.ts";

const PAGE = 500;
export const COLUMNS = [
  ...(["at", "kind", "by", "name", "address", "action", "event", "device", "account", "category", "entity"] as const),
  ...(["code", "count", "call", "cause", "protocol", "way", "secondFactor", "correlationid", "id"] as const),
] satisfies (keyof AuditEntry)[];

export async function* exportRows(
  read: (query: ListAuditQuery) => Promise<AuditPage>,
  { limit, cursor: first, ...filter }: ListAuditQuery,
): AsyncGenerator<readonly (readonly Cell[])[]> {
  let left = limit ?? Number.POSITIVE_INFINITY;
  let cursor = first;
  while (left > 0) {
    const query = { ...filter, limit: Math.min(PAGE, left), ...(cursor !== undefined && { cursor }) };
    const { items, next } = await read(query);
    yield items.map((item) => COLUMNS.map((column) => item[column]));
    if (next === null) return;
    left -= items.length;
    cursor = next;
  }
}
