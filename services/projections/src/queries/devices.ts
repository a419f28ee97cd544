import { type DeviceResource, ListDevicesQuery } from "@fleetlog/protocol";
import Type from "typebox";
import { type RegistryRow, SEPARATOR, searchable } from "../registry/registry.ts";
import type { StatusRow } from "../status/status.ts";
import type { ViewStore } from "../store/store.ts";
import { pendingOf } from "./commands.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import { ANSWER_BYTES, fitting, jsonBytes, pageOf } from "./page.ts";
import type { Query } from "./query.ts";

const DEFAULT_LIMIT = 100;
const MAX_TERMS = 8;
const MAX_PENDING = 100;

/** By id. All words of a search must be somewhere in a device; retired ones are listed only when asked for. */
export const listDevices: Query<"devices.list"> = {
  params: ListDevicesQuery,
  answer(views, params) {
    const { limit = DEFAULT_LIMIT, cursor } = params;
    const { where, values } = filter(params);
    const after = cursor === undefined ? "" : decodeCursor("devices", cursor, "string");
    // The keys first, from indexes alone; then the rows of those that are shown.
    const sql = `SELECT ${SUMMARY} FROM registry r JOIN status s ON s.key = r.key
      WHERE r.key IN (SELECT r.key FROM ${where} AND r.key > ? ORDER BY r.key LIMIT ?) ORDER BY r.key`;
    const rows = views.query<SummaryRow>(sql, ...values, after, limit + 1).map(resource);
    const { items, more } = pageOf(rows, limit);
    const last = items.at(-1);
    return {
      items: [...items],
      next: more && last !== undefined ? encodeCursor("devices", last.id) : null,
      total: count(views, params),
    };
  },
};

export const getDevice: Query<"devices.get"> = {
  params: Type.Object({ id: Type.String() }, { additionalProperties: false }),
  answer(views, { id }) {
    const sql = `SELECT ${SUMMARY}, r.row AS registryRow FROM registry r JOIN status s ON s.key = r.key WHERE r.key = ?`;
    const row = views.queryOne<SummaryRow & { registryRow: string }>(sql, id);
    if (row === undefined) return null;
    const { device, profileReportedAt } = JSON.parse(row.registryRow) as RegistryRow;
    const detail = {
      ...resource(row),
      ...(device.profile === undefined ? {} : { profile: device.profile }),
      ...(profileReportedAt === undefined ? {} : { profileReportedAt }),
      evidence: [...(JSON.parse(row.status) as StatusRow).evidence],
    };
    const room = ANSWER_BYTES - jsonBytes(detail);
    return { ...detail, pendingCommands: [...fitting(pendingOf(views, id, MAX_PENDING), room, 0)] };
  },
};

type Filters = Pick<Parameters<typeof listDevices.answer>[1], "search" | "status" | "tag">;

function count(views: ViewStore, filters: Filters): number {
  const { where, values } = filter(filters);
  return views.queryOne<{ total: number }>(`SELECT count(*) AS total FROM ${where}`, ...values)?.total ?? 0;
}

function filter({ search, status, tag }: Filters): { readonly where: string; readonly values: string[] } {
  const values: string[] = [];
  let where = "registry r";
  if (status !== undefined && status !== "retired") {
    where += " JOIN status s ON s.key = r.key AND s.status = ?";
    values.push(status);
  }
  where += ` WHERE r.retired = ${status === "retired" ? 1 : 0}`;
  for (const term of searchable(search ?? "")
    .split(/\s+/)
    .filter((word) => word !== "")
    .slice(0, MAX_TERMS)) {
    where += " AND instr(r.search, ?) > 0";
    values.push(term);
  }
  if (tag !== undefined) {
    where += " AND instr(r.tags, ?) > 0";
    values.push(`${SEPARATOR}${tag}${SEPARATOR}`);
  }
  return { where, values };
}

const SUMMARY = `r.key AS id, r.seq, r.name, r.tags, r.model, r.serial, r.firmware, r.registeredAt, r.registeredBy,
  r.retiredAt, s.row AS status`;

interface SummaryRow {
  readonly id: string;
  readonly seq: number;
  readonly name: string | null;
  readonly tags: string;
  readonly model: string | null;
  readonly serial: string | null;
  readonly firmware: string | null;
  readonly registeredAt: string;
  readonly registeredBy: string;
  readonly retiredAt: string | null;
  readonly status: string;
}

function resource(row: SummaryRow): DeviceResource {
  const { status, since, session, seq } = JSON.parse(row.status) as StatusRow;
  const { name, model, serial, firmware, retiredAt } = row;
  return {
    id: row.id,
    tags: row.tags.split(SEPARATOR).filter((tag) => tag !== ""),
    ...given({ name, model, serial, firmware }),
    registeredAt: row.registeredAt,
    registeredBy: row.registeredBy,
    ...given({ retiredAt }),
    status,
    since,
    ...(session === undefined ? {} : { session: sessionResource(session) }),
    seq: Math.max(row.seq, seq),
  };
}

function sessionResource({ incarnation: _, ...session }: NonNullable<StatusRow["session"]>) {
  return session;
}

function given<K extends string>(values: Readonly<Record<K, string | null>>): { [P in K]?: string } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null)) as { [P in K]?: string };
}
