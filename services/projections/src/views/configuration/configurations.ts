import {
  type ConfigurationState,
  configurationDecider,
  configurationEvents,
  isEventOf,
  type JsonObject,
} from "@fleetlog/domain";
import type { Projection, ViewRow } from "../../projection.ts";

/** A device's desired configuration and its last report. */
export interface ConfigurationRow extends ViewRow {
  readonly state: Omit<ConfigurationState, "seq">;
  readonly valuesInUse?: JsonObject;
  readonly setSeq: number;
  /** Sequence of the newest report; 0 if there is none. */
  readonly reportedSeq: number;
}

export const configurations: Projection<ConfigurationRow> = {
  name: "configurations",
  version: 2,
  categories: ["configuration"],
  belongs: { column: "key", to: "registry" },

  touches: (event) => (isEventOf(configurationEvents, event) ? { key: event.data.device } : undefined),

  evolve(row, event) {
    if (!isEventOf(configurationEvents, event)) return row;
    const before: ConfigurationState = row?.state ?? configurationDecider.initial;
    const { seq: _, ...state } = configurationDecider.evolve(before, event);
    const set = event.type === "ConfigurationSet";
    const valuesInUse = set ? row?.valuesInUse : valuesInUseAfter(row, event.data);
    const setSeq = set ? event.seq : (row?.setSeq ?? 0);
    const reportedSeq = set ? (row?.reportedSeq ?? 0) : event.seq;
    return { seq: event.seq, state, ...(valuesInUse && { valuesInUse }), setSeq, reportedSeq };
  },

  columns: [{ name: "defaultsFrom", type: "set", of: ({ state }) => state.defaults.map(({ from }) => from) }],
  indexes: [{ on: ["key", "defaultsFrom"] }],
};

/** A report about the newest revision, without values, means that the device runs with the desired values. */
function valuesInUseAfter(
  row: ConfigurationRow | undefined,
  report: { readonly revision: number; readonly state: string; readonly values?: JsonObject },
): JsonObject | undefined {
  if (report.values !== undefined) return report.values;
  if (report.state === "refused") return row?.valuesInUse;
  return report.revision === row?.state.revision ? row.state.values : row?.valuesInUse;
}
