import { type Account, accountDecider, accountEvents, isEventOf } from "@fleetlog/domain";
import type { Projection, ViewRow } from "../../projection.ts";

/** An account with its limits. `main` has a row only after it was renamed or limited. */
export interface AccountRow extends ViewRow {
  readonly account: Account;
  readonly createdAt?: string;
  readonly createdBy?: string;
}

export const accounts: Projection<AccountRow> = {
  name: "accounts",
  version: 1,
  categories: ["account"],
  belongs: "shared",

  touches: (event) => (isEventOf(accountEvents, event) ? { key: event.data.account } : undefined),

  evolve(row, event) {
    const next = accountDecider.evolve(row?.account, event);
    if (next === undefined || next === row?.account) return row;
    const { seq, time } = event;
    if (event.type === "AccountCreated") return { seq, account: next, createdAt: time, createdBy: event.data.by };
    return { ...row, seq, account: next };
  },

  columns: [],
  indexes: [],
};
