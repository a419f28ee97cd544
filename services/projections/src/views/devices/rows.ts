import type { DeviceResource } from "@fleetlog/protocol";
import { fitting, jsonBytes } from "../../select/page.ts";
import type { Reader } from "../../select/reader.ts";
import { pendingOf } from "../commands/pending.ts";
import type { Answer } from "../view.ts";
import { type RegistryRow, registry } from "./registry.ts";
import { type StatusRow, status } from "./status.ts";

const MAX_PENDING = 100;

/** Columns that both tables have are read from the first: the indexes of `status` are smaller. */
export const DEVICES = { tables: [status, registry] };

/** Includes retired devices. */
export const deviceRows: Answer<"devices.rows"> = (reader, { ids }) => [
  ...fitting(resourcesOf(reader, ids), reader.answerBytes),
];

/** In the order of the ids. Devices that were never registered are left out. */
export function resourcesOf(reader: Reader, ids: readonly string[]): DeviceResource[] {
  return reader.rows<SummaryRow>(DEVICES, ids, SUMMARY).map(resource);
}

export const getDevice: Answer<"devices.get"> = (reader, { id }) => {
  const picked = { ...SUMMARY, registered: "registry.row" };
  const [row] = reader.rows<SummaryRow & { registered: string }>(DEVICES, [id], picked);
  if (row === undefined) return null;
  const { device, profileReportedAt } = JSON.parse(row.registered) as RegistryRow;
  const { historyFrom } = device;
  const from = reader.isWithinAccounts ? (historyFrom?.seq ?? 0) : 0;
  const detail = {
    ...resource(row),
    ...(device.profile === undefined ? {} : { profile: device.profile }),
    ...(profileReportedAt === undefined ? {} : { profileReportedAt }),
    ...(historyFrom === undefined ? {} : { historyFrom }),
    evidence: (JSON.parse(row.status) as StatusRow).evidence.filter(({ seq }) => seq >= from),
  };
  const remaining = reader.answerBytes - jsonBytes(detail);
  return { ...detail, pendingCommands: [...fitting(pendingOf(reader, id, MAX_PENDING), remaining, 0)] };
};

const SUMMARY = {
  id: "registry.key",
  seq: "registry.seq",
  name: "name",
  account: "account",
  tags: "tags",
  model: "model",
  serial: "serial",
  firmware: "firmware",
  registeredAt: "registeredAt",
  registeredBy: "registeredBy",
  retiredAt: "retiredAt",
  status: "status.row",
};

interface SummaryRow {
  readonly id: string;
  readonly seq: number;
  readonly name: string | null;
  readonly account: string;
  readonly tags: string[];
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
    account: row.account,
    tags: row.tags,
    ...withoutNulls({ name, model, serial, firmware }),
    registeredAt: row.registeredAt,
    registeredBy: row.registeredBy,
    ...withoutNulls({ retiredAt }),
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

function withoutNulls<K extends string>(values: Readonly<Record<K, string | null>>): { [P in K]?: string } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null)) as { [P in K]?: string };
}
