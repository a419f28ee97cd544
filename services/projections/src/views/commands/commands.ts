import { type Command, command, commandOf, hasEnded } from "@fleetlog/domain";
import type { Projection, ViewRow } from "../../projection.ts";

/** One command, from its issue to its end. */
export interface CommandRow extends ViewRow {
  readonly command: Command;
}

export const commands: Projection<CommandRow> = {
  name: "commands",
  version: 3,
  categories: ["command"],

  touches(event) {
    const key = commandOf(event);
    return key === undefined ? undefined : { key };
  },

  evolve(row, event) {
    const next = command.evolve(row?.command, event);
    return next === undefined || next === row?.command ? row : { seq: event.seq, command: next };
  },

  ordinal: (row) => row.command.seq,
  columns: [
    { name: "open", type: "INTEGER", of: (row) => (hasEnded(row.command) ? 0 : 1) },
    { name: "state", type: "TEXT", of: (row) => row.command.state },
    { name: "device", type: "TEXT", fixed: true, of: (row) => row.command.device },
    { name: "by", type: "TEXT", fixed: true, of: (row) => row.command.issuedBy },
    { name: "endedAt", type: "TEXT", of: (row) => row.command.endedAt ?? null },
  ],
  indexes: [
    { on: ["device"] },
    { on: ["by"] },
    { on: ["by", "state"] },
    { on: ["state"], where: "state NOT IN ('issued', 'delivered', 'completed')" },
    { on: ["endedAt"], where: "state IN ('failed', 'expired')" },
    { on: ["device", "ordinal"], where: "open = 1" },
    { on: ["ordinal"], where: "open = 1" },
  ],
  facets: [{ column: "state" }],
};
