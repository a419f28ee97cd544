import {
  type DeviceState,
  device,
  deviceEvents,
  isEventOf,
  type JsonObject,
  type RecordedEvent,
} from "@fleetlog/domain";
import type { Projection, ViewRow } from "../../projection.ts";

/** What the domain says of a registered device; the row has a `seq` of its own. */
type Registered = Omit<Extract<DeviceState, { status: "registered" }>, "seq">;

/** A device as it was registered, named, tagged and described; kept after retirement. */
export interface RegistryRow extends ViewRow {
  readonly device: Registered;
  readonly registeredAt: string;
  readonly registeredBy: string;
  readonly profileReportedAt?: string;
  /** Id of the event that brought the profile. */
  readonly profileEvent?: string;
  readonly retiredAt?: string;
}

/** Between the words of `search` and around each of `tags`; what people type can't hold it. */
export const SEPARATOR = "\u001f";

const MAX_SUMMARY_CHARS = 256;

export const registry: Projection<RegistryRow> = {
  name: "registry",
  version: 2,
  categories: ["device"],

  touches: (event) => (isEventOf(deviceEvents, event) ? { key: event.data.device } : undefined),

  evolve(row, event) {
    if (event.type === "DeviceRegistered") {
      // Within a life a second registration is a repetition; after retirement it begins a new life, with nothing of the old.
      if (row !== undefined && row.retiredAt === undefined) return row;
      return {
        seq: event.seq,
        device: evolved(device.initial, event),
        registeredAt: event.time,
        registeredBy: event.data.by,
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
    { name: "retired", type: "INTEGER", of: (row) => (row.retiredAt === undefined ? 0 : 1) },
    { name: "tags", type: "TEXT", of: (row) => `${SEPARATOR}${row.device.tags.join(SEPARATOR)}${SEPARATOR}` },
    { name: "search", type: "TEXT", of: searchText },
    { name: "name", type: "TEXT", of: (row) => row.device.name ?? null },
    { name: "model", type: "TEXT", of: (row) => summary(row.device.profile, "model") },
    { name: "serial", type: "TEXT", of: (row) => summary(row.device.profile, "serial") },
    { name: "firmware", type: "TEXT", of: (row) => summary(row.device.profile, "firmware") },
    { name: "registeredAt", type: "TEXT", of: (row) => row.registeredAt },
    { name: "registeredBy", type: "TEXT", of: (row) => row.registeredBy },
    { name: "retiredAt", type: "TEXT", of: (row) => row.retiredAt ?? null },
    { name: "byName", type: "TEXT", of: (row) => sortable(row.device.name) },
    { name: "byModel", type: "TEXT", of: (row) => sortable(summary(row.device.profile, "model")) },
    { name: "byFirmware", type: "TEXT", of: (row) => sortable(summary(row.device.profile, "firmware")) },
  ],
  // Holds all that a search looks at, in the order of pages: the table itself is read only for what is shown.
  indexes: [
    { on: ["key", "retired", "search", "tags"] },
    { on: ["retired", "byName", "key"] },
    // With the text itself, which tells apart what is sorted alike.
    { on: ["retired", "byModel", "key", "model"] },
    { on: ["retired", "byFirmware", "key", "firmware"] },
    { on: ["retired", "registeredAt", "key"] },
  ],
  facets: [
    { column: "tags", separator: SEPARATOR, among: { column: "retired", is: 0 } },
    { column: "model", among: { column: "retired", is: 0 } },
    { column: "firmware", among: { column: "retired", is: 0 } },
  ],
};

const SORTED_DIGITS = 9;

/** As people sort: whatever the case, and numbers by their value ("pump 2" before "Pump 10"). */
export function sortable(text: string | null | undefined): string {
  return searchable(text ?? "").replaceAll(/\d+/g, (digits) => digits.padStart(SORTED_DIGITS, "0"));
}

/** As search text is kept and as it must be asked for. */
export function searchable(text: string): string {
  return text.normalize("NFC").toLowerCase();
}

function evolved(from: DeviceState, event: RecordedEvent): Registered {
  const next = device.evolve(from, event);
  if (next === from) return from as Registered;
  const { seq: _, ...registered } = next as Extract<DeviceState, { status: "registered" }>;
  return registered;
}

function searchText(row: RegistryRow): string {
  const { id, name, tags, profile } = row.device;
  const words = [id, name, ...["model", "serial", "firmware"].map((field) => summary(profile, field)), ...tags];
  return searchable(words.filter((word) => word).join(SEPARATOR));
}

function summary(profile: JsonObject | undefined, field: string): string | null {
  const value = profile?.[field];
  if (typeof value !== "string" && typeof value !== "number") return null;
  return String(value).slice(0, MAX_SUMMARY_CHARS);
}
