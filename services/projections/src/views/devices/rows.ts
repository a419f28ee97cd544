import type { DeviceLogin, DeviceResource } from "@fleetlog/protocol";
import { fitting, jsonBytes } from "../../select/page.ts";
import type { Reader } from "../../select/reader.ts";
import { pendingOf } from "../commands/pending.ts";
import { configurationOf } from "../configuration/resource.ts";
import { AccountTypes } from "../device-types/of-devices.ts";
import type { Answer } from "../view.ts";
import { NATIVE, type RegistryRow } from "./registry.ts";
import { DEVICES } from "./relation.ts";
import type { StatusRow } from "./status.ts";

const MAX_PENDING = 100;

/** Includes retired devices. */
export const deviceRows: Answer<"devices.rows"> = (reader, { ids }) => [
  ...fitting(resourcesOf(reader, ids), reader.answerBytes),
];

/** The devices are in the order of the ids; those that were never registered are left out. */
export function resourcesOf(reader: Reader, ids: readonly string[]): DeviceResource[] {
  const types = new AccountTypes(reader);
  return reader.rows<SummaryRow>(DEVICES, ids, SUMMARY).map((row) => resource(row, types));
}

export const getDevice: Answer<"devices.get"> = (reader, { id }) => {
  const picked = { ...SUMMARY, registered: "registry.row" };
  const [row] = reader.rows<SummaryRow & { registered: string }>(DEVICES, [id], picked);
  if (row === undefined) return null;
  const { device, profileReportedAt } = JSON.parse(row.registered) as RegistryRow;
  const { historyFrom } = device;
  const from = reader.isWithinAccounts ? (historyFrom?.seq ?? 0) : 0;
  const detail = {
    ...resource(row, new AccountTypes(reader)),
    ...(device.type === undefined ? {} : { typeSet: device.type }),
    ...(device.profile === undefined ? {} : { profile: device.profile }),
    ...(profileReportedAt === undefined ? {} : { profileReportedAt }),
    ...(historyFrom === undefined ? {} : { historyFrom }),
    evidence: (JSON.parse(row.status) as StatusRow).evidence.filter(({ seq }) => seq >= from),
  };
  const configuration = configurationOf(reader, id);
  const remaining = reader.answerBytes - jsonBytes(detail) - jsonBytes(configuration);
  return { ...detail, configuration, pendingCommands: [...fitting(pendingOf(reader, id, MAX_PENDING), remaining, 0)] };
};

const SUMMARY = {
  id: "registry.key",
  seq: "registry.seq",
  name: "name",
  account: "account",
  tags: "tags",
  type: "type",
  dialect: "dialect",
  login: "login",
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
  readonly type: string | null;
  readonly dialect: string;
  readonly login: string | null;
  readonly model: string | null;
  readonly serial: string | null;
  readonly firmware: string | null;
  readonly registeredAt: string;
  readonly registeredBy: string;
  readonly retiredAt: string | null;
  readonly status: string;
}

function resource(row: SummaryRow, types: AccountTypes): DeviceResource {
  const type = types.of(row);
  const { status, since, lastSeen, session, seq } = JSON.parse(row.status) as StatusRow;
  const { name, model, serial, firmware, retiredAt } = row;
  return {
    id: row.id,
    account: row.account,
    tags: row.tags,
    ...(type === undefined ? {} : { type }),
    ...(row.dialect === NATIVE ? {} : { dialect: row.dialect }),
    ...(row.login === null ? {} : { login: JSON.parse(row.login) as DeviceLogin }),
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
