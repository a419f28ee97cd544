import {
  accountOf,
  type DeviceState,
  deviceDecider,
  deviceEvents,
  isEventOf,
  type RecordedEvent,
} from "@fleetlog/domain";
import type { Projection, ViewRow } from "../../projection.ts";
import { SEPARATOR } from "../../select/sets.ts";
import { searchable } from "../search.ts";

type Registered = Omit<Extract<DeviceState, { status: "registered" }>, "seq">;

/** A device as registered, named, tagged and described; kept after retirement. */
export interface RegistryRow extends ViewRow {
  readonly device: Registered;
  readonly registeredAt: string;
  readonly registeredBy: string;
  readonly registeredSeq: number;
  readonly profileReportedAt?: string;
  readonly profileEvent?: string;
  readonly retiredAt?: string;
}

/** Name for devices that are registered in no dialect. */
export const NATIVE = "native";
const MAX_PROFILE_CHARS = 256;

export const registry: Projection<RegistryRow> = {
  name: "registry",
  version: 8,
  categories: ["device"],
  belongs: "own",

  touches: (event) => (isEventOf(deviceEvents, event) ? { key: event.data.device } : undefined),

  evolve(row, event) {
    if (event.type === "DeviceRegistered") {
      // A second registration is a repetition, but after retirement it starts a new row.
      if (row !== undefined && row.retiredAt === undefined) return row;
      return {
        seq: event.seq,
        device: evolved(row === undefined ? deviceDecider.initial : retired(row), event),
        registeredAt: event.time,
        registeredBy: event.data.by,
        registeredSeq: event.seq,
      };
    }
    if (row === undefined || row.retiredAt !== undefined) return row;
    if (event.type === "DeviceRetired") return { ...row, seq: event.seq, retiredAt: event.time };
    if (event.type === "DeviceProfileReported") {
      if (event.id === row.profileEvent) return row;
      const reported = { profileReportedAt: event.time, profileEvent: event.id };
      return { ...row, seq: event.seq, device: evolved(row.device, event), ...reported };
    }
    const next = evolved(row.device, event);
    return next === row.device ? row : { ...row, seq: event.seq, device: next };
  },

  columns: [
    { name: "retired", type: "integer", of: (row) => (row.retiredAt === undefined ? 0 : 1) },
    { name: "account", type: "text", of: (row) => accountOf(row.device) },
    { name: "tags", type: "set", memberTable: true, of: (row) => row.device.tags },
    { name: "search", type: "text", fold: searchable, of: searchText },
    {
      name: "name",
      type: "text",
      orderedBy: { column: "byName", fold: sortable },
      of: (row) => row.device.name ?? null,
    },
    {
      name: "model",
      type: "text",
      orderedBy: { column: "byModel", fold: sortable },
      of: (row) => profileField(row, "model"),
    },
    { name: "type", type: "text", of: (row) => row.device.type ?? null },
    { name: "dialect", type: "text", of: (row) => row.device.dialect ?? NATIVE },
    { name: "clientId", type: "text", of: (row) => row.device.login?.clientId ?? null },
    { name: "login", type: "text", of: (row) => loginText(row.device) },
    { name: "serial", type: "text", of: (row) => profileField(row, "serial") },
    {
      name: "firmware",
      type: "text",
      orderedBy: { column: "byFirmware", fold: sortable },
      of: (row) => profileField(row, "firmware"),
    },
    { name: "registeredAt", type: "text", of: (row) => row.registeredAt },
    { name: "registeredBy", type: "text", of: (row) => row.registeredBy },
    // An older configuration belongs to an earlier device of this id, or to the account that kept the history.
    {
      name: "configuredFrom",
      type: "integer",
      of: (row) => Math.max(row.registeredSeq, row.device.historyFrom?.seq ?? 0),
    },
    // The first sequence that the account may see; 0: all.
    { name: "historyFrom", type: "integer", of: (row) => row.device.historyFrom?.seq ?? 0 },
    { name: "retiredAt", type: "text", of: (row) => row.retiredAt ?? null },
    { name: "byName", type: "text", blanksLast: true, of: (row) => sortable(row.device.name) },
    { name: "byModel", type: "text", blanksLast: true, of: (row) => sortable(profileField(row, "model")) },
    { name: "byFirmware", type: "text", blanksLast: true, of: (row) => sortable(profileField(row, "firmware")) },
  ],
  indexes: [
    // Covers searches and scopes, in the order of ids.
    { on: ["key", "retired", "search", "tags", "account"] },
    { on: ["retired", "byName", "key"] },
    // The index has the exact text too, because different texts can have the same sort key.
    { on: ["retired", "byModel", "key", "model"] },
    { on: ["retired", "byFirmware", "key", "firmware"] },
    { on: ["retired", "registeredAt", "key"] },
    { on: ["clientId", "retired", "dialect"] },
  ],
  facets: [
    { column: "account", among: { column: "retired", is: 0 } },
    { column: "tags", among: { column: "retired", is: 0 } },
    { column: "model", among: { column: "retired", is: 0 } },
    { column: "firmware", among: { column: "retired", is: 0 } },
  ],
};

const SORTED_DIGITS = 9;

/** Sort key: ignores case, and sorts numbers by their value ("pump 2" before "Pump 10"). */
export function sortable(text: string | null | undefined): string {
  return searchable(text ?? "").replaceAll(/\d+/g, (digits) => digits.padStart(SORTED_DIGITS, "0"));
}

function evolved(from: DeviceState, event: RecordedEvent): Registered {
  const next = deviceDecider.evolve(from, event);
  if (next === from) return from as Registered;
  const { seq: _, ...registered } = next as Extract<DeviceState, { status: "registered" }>;
  return registered;
}

function retired({ seq, device: { id, account, historyFrom } }: RegistryRow): DeviceState {
  return {
    status: "retired",
    id,
    seq,
    ...(account !== undefined && { account }),
    ...(historyFrom !== undefined && { historyFrom }),
  };
}

function searchText(row: RegistryRow): string {
  const { id, name, tags } = row.device;
  const { clientId, userName, address } = row.device.login ?? {};
  const words = [
    id,
    name,
    clientId,
    userName,
    address,
    ...["model", "serial", "firmware"].map((field) => profileField(row, field)),
    ...tags,
  ];
  return searchable(words.filter((word) => word).join(SEPARATOR));
}

/** The JSON of `login` of a DeviceResource. */
function loginText({ login, sharedAddress }: Registered): string | null {
  return login === undefined ? null : JSON.stringify({ ...login, ...(sharedAddress === true && { shared: true }) });
}

function profileField({ device }: RegistryRow, field: string): string | null {
  const value = device.profile?.[field];
  if (typeof value !== "string" && typeof value !== "number") return null;
  return String(value).slice(0, MAX_PROFILE_CHARS);
}
