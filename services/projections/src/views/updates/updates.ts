import { type DeviceUpdates, deviceUpdatesDecider, isEventOf, updateEvents } from "@fleetlog/domain";
import { UPDATE_STATES } from "@fleetlog/protocol";
import type { Projection, ViewRow } from "../../projection.ts";
import { answeredState, stateOf } from "./state.ts";

export interface UpdatesRow extends ViewRow {
  readonly found: DeviceUpdates;
  readonly model?: string;
  /** The device was moved or registered again, and not compared since. */
  readonly outdated?: true;
}

/** What the catalogues have for each device. */
export const updates: Projection<UpdatesRow> = {
  name: "updates",
  version: 2,
  categories: ["update", "device"],
  belongs: { column: "device", to: "registry" },

  touches(event) {
    const isOther = event.type === "DeviceMoved" || event.type === "DeviceRegistered";
    return isOther || isEventOf(updateEvents, event) ? { key: event.data.device } : undefined;
  },

  evolve(row, event) {
    if (event.type === "DeviceScanned") {
      const before = row === undefined || row.outdated ? undefined : row.found;
      const found = deviceUpdatesDecider.evolve(before, event);
      if (found === undefined) return row;
      const { model } = event.data;
      return { seq: event.seq, found, ...(model !== undefined && { model }) };
    }
    return row === undefined || row.outdated ? row : { ...row, seq: event.seq, outdated: true };
  },

  columns: [
    { name: "device", type: "text", fixed: true, selective: true, of: ({ found }) => found.device },
    { name: "outdated", type: "integer", of: ({ outdated }) => (outdated ? 1 : 0) },
    { name: "state", type: "text", of: (row) => stateOf(row.found) },
    { name: "answered", type: "text", of: (row) => answeredState(row.found) },
    { name: "rank", type: "integer", of: (row) => UPDATE_STATES.indexOf(stateOf(row.found)) },
    { name: "lookedAt", type: "text", of: ({ found }) => found.lookedAt },
    { name: "packages", type: "set", of: packagesOf },
  ],
  indexes: [
    { on: ["state", "key"] },
    { on: ["answered", "key"] },
    { on: ["rank", "key"] },
    { on: ["lookedAt", "key"] },
  ],
};

/** Members of the set: each package's name, and each package's name with its state. */
function packagesOf({ found }: UpdatesRow): string[] {
  const members = found.updates.flatMap((one) => [one.package, packageWithState(one.package, one.state)]);
  return [...new Set(members)];
}

/** No name of a package has a line break. */
export function packageWithState(name: string, state: string): string {
  return `${name}\n${state}`;
}
