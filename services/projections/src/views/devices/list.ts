import { FleetError } from "@fleetlog/domain";
import type { DeviceSortKey, ListDevicesQuery } from "@fleetlog/protocol";
import { decodeCursor, encodeCursor } from "../../select/cursor.ts";
import { pageOf } from "../../select/page.ts";
import type { ViewStore } from "../../store/store.ts";
import type { Answer } from "../view.ts";
import { type DeviceFilter, DRIVING_INDEX, deviceFilter, fromTables } from "./filter.ts";
import { resourcesOf } from "./rows.ts";

const DEFAULT_LIMIT = 100;
/** Few enough to be found first and then sorted; with more, the order is walked and what does not match left out. */
const SORTED_AT_ONCE = 5_000;

/** Where each order is kept: `r` is the registry, `s` the status. */
const ORDERS: Readonly<
  Record<DeviceSortKey, { readonly table: "r" | "s"; readonly column: string; readonly blanks?: true }>
> = {
  id: { table: "r", column: "key" },
  name: { table: "r", column: "byName", blanks: true },
  model: { table: "r", column: "byModel", blanks: true },
  firmware: { table: "r", column: "byFirmware", blanks: true },
  registeredAt: { table: "r", column: "registeredAt" },
  status: { table: "s", column: "status" },
  since: { table: "s", column: "since" },
  lastSeen: { table: "s", column: "seen" },
  attention: { table: "s", column: "attention" },
};

interface Order {
  readonly key: DeviceSortKey;
  readonly table: "r" | "s";
  readonly column: string;
  /** There are devices with nothing to sort by, which come last in either direction. */
  readonly blanks?: true;
  readonly descending: boolean;
  /** What its cursors are of. */
  readonly list: string;
}

interface Found {
  readonly key: string;
  readonly sorted: string;
}

/** All words of a search must be somewhere in a device; retired ones are listed only when asked for. */
export const listDevices: Answer<"devices.list"> = (views, params) => {
  const { limit = DEFAULT_LIMIT, cursor, offset = 0 } = params;
  if (cursor !== undefined && params.offset !== undefined) {
    throw new FleetError("invalid-request", "offset and cursor exclude each other", { field: "offset" });
  }
  const filter = deviceFilter(params);
  const order = orderOf(params.sort ?? "id", filter);
  const after = cursor === undefined ? undefined : readCursor(order, cursor);
  const { total, found } = find(views, filter, order, { after, offset, limit: limit + 1 });
  const ids = found.map(({ key }) => key);
  const { items, more } = pageOf(resourcesOf(views, ids), limit);
  const last = items.length === 0 ? undefined : found[items.length - 1];
  return { items: [...items], next: more && last !== undefined ? writeCursor(order, last) : null, total };
};

interface Window {
  readonly after: Found | undefined;
  readonly offset: number;
  readonly limit: number;
}

interface Findings {
  /** How many match the filter. */
  readonly total: number;
  readonly found: readonly Found[];
}

function find(views: ViewStore, filter: DeviceFilter, order: Order, window: Window): Findings {
  // What looks into every device looks once: it counts by finding.
  if (filter.ofRegistry.length === 0) {
    const total = count(views, filter);
    if (total > SORTED_AT_ONCE)
      return { total, found: total <= window.offset ? [] : walk(views, filter, order, window) };
  }
  const all = gather(views, filter, order);
  if (all !== undefined) return { total: all.length, found: within(all, order, window) };
  return { total: count(views, filter), found: walk(views, filter, order, window) };
}

function count(views: ViewStore, filter: DeviceFilter): number {
  const tables = filter.ofRegistry.length === 0 ? "s" : filter.ofStatus.length === 0 ? "r" : "rs";
  const { sql, values } = fromTables(filter, tables);
  return views.queryOne<{ total: number }>(`SELECT count(*) AS total ${sql}`, ...values)?.total ?? 0;
}

/** All that match in their order, found by what filters most; undefined if they are more than {@link SORTED_AT_ONCE}. */
function gather(views: ViewStore, filter: DeviceFilter, order: Order): readonly Found[] | undefined {
  const { table, column, blanks, descending } = order;
  const ofRegistry = filter.ofRegistry.length > 0;
  const direction = descending ? "DESC" : "ASC";
  const by = `ORDER BY ${blanks ? "sorted = ''," : ""} sorted ${direction}, key ${direction}`;
  if (ofRegistry) {
    // What they are sorted by is not in the index that is searched: it is looked up once they are known to be few.
    const { sql, values } = fromTables(filter, filter.ofStatus.length > 0 ? "rs" : "r");
    const keys = views.query<{ key: string }>(`SELECT r.key AS key ${sql} LIMIT ?`, ...values, SORTED_AT_ONCE + 1);
    if (keys.length > SORTED_AT_ONCE) return undefined;
    return views.query<Found>(
      `SELECT t.key AS key, t.${column} AS sorted FROM json_each(?) found
       CROSS JOIN ${table === "r" ? "registry" : "status"} t ON t.key = found.value ${by}`,
      JSON.stringify(keys.map(({ key }) => key)),
    );
  }
  const tables = table === "r" && filter.ofStatus.length > 0 ? "rs" : table;
  const { sql, values } = fromTables(filter, tables);
  const found = views.query<Found>(
    `SELECT * FROM (SELECT ${table}.key AS key, ${table}.${column} AS sorted ${sql} LIMIT ?) ${by}`,
    ...values,
    SORTED_AT_ONCE + 1,
  );
  return found.length > SORTED_AT_ONCE ? undefined : found;
}

function within(
  all: readonly Found[],
  { blanks, descending }: Order,
  { after, offset, limit }: Window,
): readonly Found[] {
  if (after === undefined) return all.slice(offset, offset + limit);
  const beyond = (one: Found) => {
    if (blanks && (one.sorted === "") !== (after.sorted === "")) return one.sorted === "";
    return descending ? precedes(one, after) : precedes(after, one);
  };
  const first = all.findIndex(beyond);
  return first < 0 ? [] : all.slice(first, first + limit);
}

/** As SQLite sorts: by bytes, which for UTF-8 is by code points. */
function precedes(a: Found, b: Found): boolean {
  return (
    (Buffer.compare(Buffer.from(a.sorted), Buffer.from(b.sorted)) ||
      Buffer.compare(Buffer.from(a.key), Buffer.from(b.key))) < 0
  );
}

/** Goes through the order by the index that holds it, and leaves out what does not match. */
function walk(views: ViewStore, filter: DeviceFilter, order: Order, window: Window): Found[] {
  if (!order.blanks) return walkPart(views, filter, order, window);
  const { after, offset, limit } = window;
  const at = `${order.table}.${order.column}`;
  const [named, blank] = [`AND ${at} > ''`, `AND ${at} = ''`];
  if (after?.sorted === "") return walkPart(views, filter, order, window, blank);
  const found = walkPart(views, filter, order, window, named);
  if (found.length === limit) return found;
  const before = found.length > 0 || offset === 0 ? offset : countPart(views, filter, order, named);
  const rest = { after: undefined, offset: offset - before, limit: limit - found.length };
  return [...found, ...walkPart(views, filter, order, rest, blank)];
}

function walkPart(views: ViewStore, filter: DeviceFilter, order: Order, window: Window, part = ""): Found[] {
  const { column, descending } = order;
  const { after, offset, limit } = window;
  const { at, key, sql, values } = walked(filter, order);
  const byKey = column === "key";
  const beyond = descending ? "<" : ">";
  const keyset = after === undefined ? "" : byKey ? `AND ${key} ${beyond} ?` : `AND (${at}, ${key}) ${beyond} (?, ?)`;
  const given = after === undefined ? [] : byKey ? [after.key] : [after.sorted, after.key];
  const direction = descending ? "DESC" : "ASC";
  const by = byKey ? `${key} ${direction}` : `${at} ${direction}, ${key} ${direction}`;
  return views.query<Found>(
    `SELECT ${key} AS key, ${at} AS sorted ${sql} ${part} ${keyset} ORDER BY ${by} LIMIT ? OFFSET ?`,
    ...values,
    ...given,
    limit,
    offset,
  );
}

function countPart(views: ViewStore, filter: DeviceFilter, order: Order, part: string): number {
  const { sql, values } = walked(filter, order);
  return views.queryOne<{ total: number }>(`SELECT count(*) AS total ${sql} ${part}`, ...values)?.total ?? 0;
}

function walked(filter: DeviceFilter, { table, column }: Order) {
  const other = (table === "r" ? filter.ofStatus : filter.ofRegistry).length > 0;
  const tables = !other ? table : table === "r" ? "rs" : "sr";
  const at = `${table}.${column}`;
  return { at, key: `${table}.key`, ...fromTables(filter, tables, DRIVING_INDEX[at]) };
}

function orderOf(sort: NonNullable<ListDevicesQuery["sort"]>, { ofRegistry }: DeviceFilter): Order {
  const descending = sort.startsWith("-");
  const key = (descending ? sort.slice(1) : sort) as DeviceSortKey;
  const list = sort === "id" ? "devices" : `devices ${sort}`;
  // An id is a key of both tables; where nothing is asked of the registry, the status has the smaller index.
  if (key === "id" && ofRegistry.length === 0) return { key, table: "s", column: "key", descending, list };
  return { key, ...ORDERS[key], descending, list };
}

function writeCursor({ key, list }: Order, { key: id, sorted }: Found): string {
  return encodeCursor(list, key === "id" ? id : JSON.stringify([sorted, id]));
}

/** @throws FleetError `invalid-request` naming `cursor` if this list, in this order, never gave it */
function readCursor({ key, list }: Order, cursor: string): Found {
  const text = decodeCursor(list, cursor, "string");
  if (key === "id") return { key: text, sorted: text };
  const [sorted, id] = JSON.parse(text) as [string, string];
  return { key: id, sorted };
}
