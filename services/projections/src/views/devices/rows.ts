import type { DeviceResource } from "@fleetlog/protocol";
import { ANSWER_BYTES, fitting, jsonBytes } from "../../select/page.ts";
import type { ViewStore } from "../../store/store.ts";
import { pendingOf } from "../commands/pending.ts";
import type { Answer } from "../view.ts";
import { type RegistryRow, SEPARATOR } from "./registry.ts";
import type { StatusRow } from "./status.ts";

const MAX_PENDING = 100;

/** Retired ones too. */
export const deviceRows: Answer<"devices.rows"> = (views, { ids }) => [...fitting(resourcesOf(views, ids))];

/** In the order of the ids; those that were never registered are left out. */
export function resourcesOf(views: ViewStore, ids: readonly string[]): DeviceResource[] {
  const sql = `SELECT ${SUMMARY} FROM json_each(?) wanted CROSS JOIN registry r ON r.key = wanted.value
    CROSS JOIN status s ON s.key = r.key ORDER BY wanted.key`;
  return views.query<SummaryRow>(sql, JSON.stringify(ids)).map(resource);
}

export const getDevice: Answer<"devices.get"> = (views, { id }) => {
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
};

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
  const { status, since, lastSeen, session, seq } = JSON.parse(row.status) as StatusRow;
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
    ...(lastSeen === undefined ? {} : { lastSeen }),
    ...(session === undefined ? {} : { session: sessionResource(session) }),
    seq: Math.max(row.seq, seq),
  };
}

function sessionResource({ incarnation: _, session: __, ...shown }: NonNullable<StatusRow["session"]>) {
  return shown;
}

function given<K extends string>(values: Readonly<Record<K, string | null>>): { [P in K]?: string } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null)) as { [P in K]?: string };
}
