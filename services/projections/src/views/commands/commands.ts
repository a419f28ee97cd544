import { type Command, commandDecider, commandOf } from "@fleetlog/domain";
import type { Projection, ViewRow } from "../../projection.ts";
import { staysBehind } from "../stays-behind.ts";

/** One command, from its issue to its end. */
export interface CommandRow extends ViewRow {
  readonly command: Command;
  readonly hidden?: true;
}

export const OPEN = { column: "state", in: ["issued", "delivered"] } as const;
export const FAILED = { column: "state", in: ["failed", "expired"] } as const;

export const commands: Projection<CommandRow> = {
  name: "commands",
  version: 7,
  categories: ["command", "device"],
  belongs: { column: "device", to: "registry", hidden: "hidden" },

  foundBy: ["device"],
  touches(event) {
    if (staysBehind(event)) return { column: "device", value: event.data.device };
    const key = commandOf(event);
    return key === undefined ? undefined : { key };
  },

  evolve(row, event) {
    if (staysBehind(event)) {
      return row === undefined || row.hidden ? row : { ...row, seq: event.seq, hidden: true };
    }
    const next = commandDecider.evolve(row?.command, event);
    return next === undefined || next === row?.command ? row : { ...row, seq: event.seq, command: next };
  },

  ordinal: (row) => row.command.seq,
  columns: [
    { name: "state", type: "text", of: (row) => row.command.state },
    { name: "hidden", type: "integer", of: ({ hidden }) => (hidden ? 1 : 0) },
    { name: "device", type: "text", fixed: true, selective: true, of: (row) => row.command.device },
    { name: "by", type: "text", fixed: true, of: (row) => row.command.issuedBy },
    { name: "name", type: "text", fixed: true, of: (row) => row.command.name },
    { name: "issuedAt", type: "text", fixed: true, of: (row) => row.command.issuedAt },
    { name: "endedAt", type: "text", of: (row) => row.command.endedAt ?? null },
  ],
  indexes: [
    { on: ["device"] },
    { on: ["by"] },
    { on: ["by", "state"] },
    // This index finds commands by name. A filter by time reads it instead of the table.
    { on: ["name", "issuedAt"] },
    // The index lacks completed commands, because nearly all commands are completed.
    { on: ["state"], where: { column: "state", in: ["failed", "expired", "cancelled"] } },
    { on: ["endedAt"], where: FAILED },
    { on: ["device", "ordinal"], where: OPEN },
    { on: ["ordinal"], where: OPEN },
  ],
  facets: [{ column: "state", complete: true }],
};
