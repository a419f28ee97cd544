import { isEventOf, MAIN_ACCOUNT, type SignInEvent, signInEvents } from "@fleetlog/domain";
import type { Projection, ViewRow } from "../../projection.ts";
import { actionOf } from "./actions.ts";

/** One event of ACCESS: who signed in or out. */
export interface SignInRow extends ViewRow {
  readonly id: string;
  readonly at: string;
  readonly signIn: SignInEvent;
}

/** The number of sign-ins that are kept, apart from refusals, which anybody can cause. */
const NEWEST = 20_000;

export const signIns: Projection<SignInRow> = {
  name: "signIns",
  version: 1,
  categories: ["access"],
  belongs: { column: "device", to: "registry", elseAccount: "account" },
  newest: NEWEST,

  touches: (event) => (isEventOf(signInEvents, event) ? { key: String(event.seq), isNew: true } : undefined),

  evolve(row, event) {
    if (row !== undefined || !isEventOf(signInEvents, event)) return row;
    const { seq, id, type, time: at, data } = event;
    return { seq, id, at, signIn: { type, data } as SignInEvent };
  },

  isSettled: () => true,

  ordinal: ({ seq }) => seq,
  columns: [
    { name: "by", type: "text", fixed: true, of: ({ signIn }) => signIn.data.by ?? "" },
    { name: "action", type: "text", fixed: true, of: ({ signIn }) => actionOf(signIn.type) },
    { name: "type", type: "text", fixed: true, of: ({ signIn }) => signIn.type },
    { name: "device", type: "text", fixed: true, of: () => "" },
    { name: "account", type: "text", fixed: true, of: ({ signIn }) => accountOfPerson(signIn) },
    { name: "at", type: "text", fixed: true, of: ({ at }) => at },
  ],
  indexes: [{ on: ["by"] }],
};

/** "": several people, who may be of several accounts. */
function accountOfPerson({ data: { by, account } }: SignInEvent): string {
  return by === undefined ? "" : (account ?? MAIN_ACCOUNT);
}
