import { type ClaimCode, claimCodeDecider, claimCodeEvents, isEventOf } from "@fleetlog/domain";
import type { ClaimCodeResource } from "@fleetlog/protocol";
import type { Projection, ViewRow } from "../../projection.ts";
import { searchable } from "../search.ts";

export interface ClaimCodeRow extends ViewRow {
  readonly code: ClaimCode;
  readonly claimedAt?: string;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly createdSeq: number;
  readonly updatedAt: string;
}

export const claimCodes: Projection<ClaimCodeRow> = {
  name: "claimCodes",
  version: 2,
  categories: ["provisioning"],
  belongs: "own",
  touches: (event) => (isEventOf(claimCodeEvents, event) ? { key: event.data.code } : undefined),

  evolve(row, event) {
    const code = claimCodeDecider.evolve(row?.code, event);
    if (code === undefined || code === row?.code) return row;
    const { seq, time } = event;
    if (row === undefined) {
      const createdBy = event.type === "ClaimCodeMade" ? event.data.by : "";
      return { seq, code, createdAt: time, createdBy, createdSeq: seq, updatedAt: time };
    }
    const claimed = event.type === "ClaimCodeUsed" ? { claimedAt: time } : {};
    return { ...row, ...claimed, seq, code, updatedAt: time };
  },

  ordinal: ({ createdSeq }) => createdSeq,
  columns: [
    { name: "account", type: "text", fixed: true, of: ({ code }) => code.account },
    { name: "tags", type: "set", of: ({ code }) => code.tags },
    { name: "state", type: "text", of: ({ code }) => stateOf(code) },
    { name: "batch", type: "text", fixed: true, of: ({ code }) => code.batch },
    { name: "device", type: "text", selective: true, of: ({ code }) => code.device ?? code.shown?.device ?? "" },
    {
      name: "search",
      type: "text",
      fold: searchable,
      of: ({ code: { batch, device, shown, serial } }) =>
        searchable([batch, device ?? shown?.device ?? "", serial ?? ""].join(" ")),
    },
  ],
  indexes: [{ on: ["state", "ordinal"] }, { on: ["batch", "ordinal"] }, { on: ["device"] }],
};

export function stateOf({ revoked, claim, shown, to }: ClaimCode): ClaimCodeResource["state"] {
  if (revoked) return "revoked";
  if (claim !== undefined) return shown === undefined ? "claimed" : "used";
  if (shown === undefined) return "free";
  return to === undefined ? "waiting" : "used";
}
