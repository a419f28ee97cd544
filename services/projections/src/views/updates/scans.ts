import { accountOf, type RecordedEvent, type ScanTarget } from "@fleetlog/domain";
import type { ScanResource, UpdateState } from "@fleetlog/protocol";
import type { Projection, ViewRow } from "../../projection.ts";
import type { Reader } from "../../select/reader.ts";
import type { Answer } from "../view.ts";
import { countedStates } from "./state.ts";

interface ScanRow extends ViewRow {
  readonly scan: string;
  readonly account: string;
  readonly reason: "hand" | "schedule";
  readonly catalogue?: string;
  readonly to: ScanTarget;
  readonly by: string;
  readonly startedAt: string;
  readonly startedSeq: number;
  readonly done: number;
  readonly byState: Readonly<Partial<Record<UpdateState, number>>>;
  readonly endedAt?: string;
  readonly error?: string;
}

/** The number of scans that are kept. The log has all. */
const NEWEST = 10_000;

export const scans: Projection<ScanRow> = {
  name: "scans",
  version: 2,
  categories: ["scan", "update"],
  belongs: "account",
  newest: NEWEST,

  touches(event) {
    const { type } = event;
    const scan =
      type === "ScanStarted" || type === "ScanEnded" || type === "DeviceScanned" ? event.data.scan : undefined;
    return scan === undefined ? undefined : { key: scan };
  },

  evolve(row, event: RecordedEvent) {
    const { seq, time, type, data } = event;
    if (type === "ScanStarted") {
      if (row !== undefined) return row;
      const { scan, reason, catalogue, to, by } = data;
      return {
        ...{ seq, scan, account: accountOf(event), reason, to, by },
        ...(catalogue !== undefined && { catalogue }),
        ...{ startedAt: time, startedSeq: seq, done: 0, byState: {} },
      };
    }
    if (row === undefined) return row;
    if (type === "DeviceScanned") {
      const counted = countedStates(data).map((state) => [state, (row.byState[state] ?? 0) + 1]);
      const byState = { ...row.byState, ...Object.fromEntries(counted) };
      return { ...row, seq, done: row.done + 1, byState };
    }
    if (type !== "ScanEnded" || row.endedAt !== undefined) return row;
    return { ...row, seq, endedAt: time, ...(data.error !== undefined && { error: data.error }) };
  },

  ordinal: ({ startedSeq }) => startedSeq,
  columns: [{ name: "account", type: "text", fixed: true, of: ({ account }) => account }],
  indexes: [{ on: ["account", "ordinal"] }],
};

const DEFAULT_LIMIT = 100;
const SCANS = { tables: [scans] };

export const listScans: Answer<"scans.list"> = (reader, { account, limit = DEFAULT_LIMIT, cursor }) => {
  const filter = { and: account === undefined ? [] : [{ column: "account", eq: account }] };
  const order = [{ column: "ordinal", descending: true }];
  return reader.page(SCANS, { list: "scans", filter, order, limit, cursor }, (keys) => resourcesOf(reader, keys));
};

export const getScan: Answer<"scans.get"> = (reader, { id }) => resourcesOf(reader, [id])[0] ?? null;

function resourcesOf(reader: Reader, keys: readonly string[]): ScanResource[] {
  const rows = reader.rows<{ row: string }>(SCANS, keys, { row: "scans.row" });
  return rows.map(({ row }) => {
    const { scan: id, by: startedBy, startedSeq: _, byState, to, ...rest } = JSON.parse(row) as ScanRow;
    const state = rest.endedAt === undefined ? "running" : "ended";
    return { id, state, ...rest, to: to as NonNullable<ScanResource["to"]>, byState: { ...byState }, startedBy };
  });
}
