import { isEventOf, MAIN_ACCOUNT, type RefusalEvent, refusalEvents } from "@fleetlog/domain";
import { DEVICE_LOGIN } from "@fleetlog/protocol";
import type { Projection, ViewRow } from "../../projection.ts";

/** One event of ACCESS: refused calls or log-ins. */
export interface RefusalRow extends ViewRow {
  readonly id: string;
  readonly at: string;
  readonly refusal: RefusalEvent;
}

/** The number of refusals that are kept: few enough for a query to read all. */
const NEWEST = 20_000;

export const refusals: Projection<RefusalRow> = {
  name: "refusals",
  version: 1,
  categories: ["access"],
  belongs: { column: "device", to: "registry", elseAccount: "account" },
  newest: NEWEST,

  touches: (event) => (isEventOf(refusalEvents, event) ? { key: String(event.seq), isNew: true } : undefined),

  evolve(row, event) {
    if (row !== undefined || !isEventOf(refusalEvents, event)) return row;
    const { seq, id, type, time: at, data } = event;
    return { seq, id, at, refusal: { type, data } as RefusalEvent };
  },

  isSettled: () => true,

  ordinal: ({ seq }) => seq,
  columns: [
    { name: "by", type: "text", fixed: true, of: ({ refusal }) => callerOf(refusal) ?? "" },
    { name: "action", type: "text", fixed: true, of: ({ refusal }) => refusedAction(refusal) },
    { name: "type", type: "text", fixed: true, of: ({ refusal }) => refusal.type },
    { name: "device", type: "text", fixed: true, selective: true, of: ({ refusal }) => refusedDevice(refusal) ?? "" },
    { name: "account", type: "text", fixed: true, of: ({ refusal }) => accountOfCaller(refusal) },
    { name: "at", type: "text", fixed: true, of: ({ at }) => at },
  ],
  indexes: [{ on: ["device"] }, { on: ["by"] }],
};

export function refusedAction({ type, data }: RefusalEvent): string {
  return type === "CallRefused" ? data.action : DEVICE_LOGIN;
}

export function callerOf({ type, data }: RefusalEvent): string | undefined {
  return type === "CallRefused" ? data.by : undefined;
}

export function refusedDevice({ type, data }: RefusalEvent): string | undefined {
  return type === "LoginRefused" ? data.device : undefined;
}

/** "": the caller's account is unknown. */
function accountOfCaller({ type, data }: RefusalEvent): string {
  return type === "CallRefused" && data.by !== undefined ? (data.account ?? MAIN_ACCOUNT) : "";
}
