import { invalid } from "@fleetlog/domain";
import type { ListDevicesQuery } from "@fleetlog/protocol";
import { indexName } from "../../store/schema.ts";
import { registry, SEPARATOR, searchable, sortable } from "./registry.ts";
import { status as statusView } from "./status.ts";

const MAX_TERMS = 8;

interface Condition {
  readonly sql: string;
  readonly values: readonly string[];
}

/** What a list of devices asks of the registry (`r`) and of the status (`s`), apart from who is retired. */
export interface DeviceFilter {
  readonly retired: boolean;
  readonly ofRegistry: readonly Condition[];
  readonly ofStatus: readonly Condition[];
}

type Filters = Pick<
  ListDevicesQuery,
  "search" | "status" | "tag" | "model" | "firmware" | "seenSince" | "notSeenSince"
>;

export function deviceFilter(params: Filters): DeviceFilter {
  const { search = "", status, tag, model, firmware, seenSince, notSeenSince } = params;
  const ofRegistry: Condition[] = searchable(search)
    .split(/\s+/)
    .filter((word) => word !== "")
    .slice(0, MAX_TERMS)
    .map((word) => ({ sql: "instr(r.search, ?) > 0", values: [word] }));
  if (tag !== undefined) {
    ofRegistry.push({ sql: "instr(r.tags, ?) > 0", values: [`${SEPARATOR}${tag}${SEPARATOR}`] });
  }
  // By the sorted text, which has an index; then by the text itself.
  if (model !== undefined) {
    ofRegistry.push({ sql: "r.byModel = ? AND r.model = ?", values: [sortable(model), model] });
  }
  if (firmware !== undefined) {
    ofRegistry.push({ sql: "r.byFirmware = ? AND r.firmware = ?", values: [sortable(firmware), firmware] });
  }
  const ofStatus: Condition[] = [];
  if (status !== undefined && status !== "retired") ofStatus.push({ sql: "s.status = ?", values: [status] });
  if (seenSince !== undefined) ofStatus.push({ sql: "s.seen >= ?", values: [moment("seenSince", seenSince)] });
  if (notSeenSince !== undefined) {
    ofStatus.push({ sql: "s.seen < ?", values: [moment("notSeenSince", notSeenSince)] });
  }
  return { retired: status === "retired", ofRegistry, ofStatus };
}

/** By what an order is walked through, `<table>.<column>`. */
export const DRIVING_INDEX: Readonly<Record<string, string>> = {
  "r.key": indexName(registry, ["key", "retired", "search", "tags"]),
  "r.byName": indexName(registry, ["retired", "byName", "key"]),
  "r.byModel": indexName(registry, ["retired", "byModel", "key", "model"]),
  "r.byFirmware": indexName(registry, ["retired", "byFirmware", "key", "firmware"]),
  "r.registeredAt": indexName(registry, ["retired", "registeredAt", "key"]),
  "s.key": indexName(statusView, ["key", "status", "seen"]),
  "s.status": indexName(statusView, ["status", "key"]),
  "s.since": indexName(statusView, ["since", "key", "status"]),
  "s.attention": indexName(statusView, ["attention", "key", "status"]),
  "s.seen": indexName(statusView, ["seen", "key", "status"]),
};

/** Tables in the order in which they are read, each row of the first with that of the second. */
export type Tables = "r" | "s" | "rs" | "sr";

const NAMES = { r: "registry", s: "status" } as const;

/** FROM and WHERE; a CROSS JOIN is what SQLite does not turn round. */
export function fromTables(
  filter: DeviceFilter,
  tables: Tables,
  driving?: string,
): { readonly sql: string; readonly values: readonly string[] } {
  const [first, second] = [...tables] as ["r" | "s", ("r" | "s")?];
  const by = driving === undefined ? "" : ` INDEXED BY ${driving}`;
  const join = second === undefined ? "" : ` CROSS JOIN ${NAMES[second]} ${second} ON ${second}.key = ${first}.key`;
  const conditions = [...(first === "r" || second === "r" ? filter.ofRegistry : [])];
  if (first === "s" || second === "s") conditions.push(...filter.ofStatus);
  // Both tables know it; one of them has to be asked.
  const retired =
    tables === "s" ? `s.status ${filter.retired ? "=" : "<>"} 'retired'` : `r.retired = ${filter.retired ? 1 : 0}`;
  const where = [retired, ...conditions.map(({ sql }) => sql)].join(" AND ");
  return {
    sql: `FROM ${NAMES[first]} ${first}${by}${join} WHERE ${where}`,
    values: conditions.flatMap(({ values }) => values),
  };
}

/** As moments stand in the views: in UTC, to the millisecond. */
function moment(field: string, text: string): string {
  const milliseconds = Date.parse(text);
  if (Number.isNaN(milliseconds)) throw invalid(field, `${field} is not a moment such as 2026-01-31T12:00:00Z`);
  return new Date(milliseconds).toISOString();
}
