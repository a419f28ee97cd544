import {
  accountOf,
  CATEGORIES,
  type Category,
  DEVICE_CATEGORIES,
  installationAuthorityEvents,
  parseSubject,
  type RecordedEvent,
  streamOf,
} from "@fleetlog/domain";
import type { Projection, ViewRow } from "../../projection.ts";
import { staysBehind } from "../stays-behind.ts";
import { type AuditedType, actionOf, isAudited } from "./actions.ts";

/** An event that a person caused, or a change of the installation's authority. */
export interface ActRow extends ViewRow {
  readonly ordinal: number;
  readonly id: string;
  readonly type: AuditedType;
  readonly at: string;
  readonly by: string;
  readonly category: Category;
  readonly entity: string;
  readonly account: string;
  /** Sealed with the key of `by`. */
  readonly address?: string;
  readonly correlationid?: string;
  /** The device moved to another account later, and its history stayed. */
  readonly hidden?: true;
}

/** The number of acts that are kept, which take about 60 MB. The log has all acts. */
const NEWEST = 100_000;
const OTHERS: readonly Category[] = ["session", "event", "alarm", "gateway"];
const OF_PEOPLE: readonly Category[] = ["person", "account"];

export const acts: Projection<ActRow> = {
  name: "acts",
  version: 3,
  categories: CATEGORIES.filter((one) => streamOf(one) === "FLEET" && !OTHERS.includes(one)),
  belongs: { column: "device", to: "registry", hidden: "hidden", elseAccount: "account" },
  newest: NEWEST,

  foundBy: ["device"],
  touches(event) {
    const named = authorOf(event) === undefined ? undefined : ({ key: String(event.seq), isNew: true } as const);
    return staysBehind(event) ? { column: "device", value: event.data.device, ...named } : named;
  },

  evolve(row, event) {
    if (row !== undefined) return row.hidden ? row : { ...row, seq: event.seq, hidden: true };
    const by = authorOf(event);
    const subject = parseSubject(event.subject);
    if (by === undefined || subject === undefined) return undefined;
    const { seq, id, type, time: at, address, correlationid } = event;
    if (!isAudited(type)) return undefined;
    return {
      seq,
      ordinal: seq,
      id,
      type,
      at,
      by,
      ...subject,
      account: accountOf(event),
      ...(address !== undefined && { address }),
      ...(correlationid !== undefined && { correlationid }),
    };
  },

  isSettled: () => true,

  ordinal: ({ ordinal }) => ordinal,
  columns: [
    { name: "by", type: "text", fixed: true, of: (row) => row.by },
    { name: "action", type: "text", fixed: true, of: (row) => actionOf(row.type) },
    { name: "type", type: "text", fixed: true, of: (row) => row.type },
    { name: "device", type: "text", fixed: true, of: deviceOf },
    { name: "account", type: "text", fixed: true, of: (row) => row.account },
    { name: "at", type: "text", fixed: true, of: (row) => row.at },
    { name: "ofPeople", type: "integer", fixed: true, of: ({ category }) => (OF_PEOPLE.includes(category) ? 1 : 0) },
    { name: "hidden", type: "integer", of: ({ hidden }) => (hidden ? 1 : 0) },
  ],
  // Every index makes writing each act slower, and a thread reads all rows fast enough (README).
  indexes: [],
};

/** Undefined for events of devices and of parts of Fleetlog, and for consequences of other events. */
function authorOf({ type, data, source }: RecordedEvent): string | undefined {
  if (!isAudited(type)) return undefined;
  const { by } = data as { readonly by?: unknown };
  // Changes of the authority come from a gateway's settings. They count as acts, although their author is the system.
  if (Object.hasOwn(installationAuthorityEvents, type)) return by as string;
  return typeof by === "string" && by !== "system" && !source.startsWith("/reactors/") ? by : undefined;
}

export function deviceOf({ category, entity }: Pick<ActRow, "category" | "entity">): string {
  return (DEVICE_CATEGORIES as readonly Category[]).includes(category) ? entity : "";
}
