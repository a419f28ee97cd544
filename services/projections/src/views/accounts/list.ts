import { type Account, MAIN, MAIN_ACCOUNT } from "@fleetlog/domain";
import type { AccountResource } from "@fleetlog/protocol";
import { fitting } from "../../select/page.ts";
import { registry } from "../devices/registry.ts";
import type { Answer } from "../view.ts";
import { type AccountRow, accounts } from "./accounts.ts";

/** More than any installation has; one message must hold the answer. */
const MAX_ACCOUNTS = 5_000;
const ACCOUNTS = { tables: [accounts] };
const BY_ID = [{ column: "key" }];

export const listAccounts: Answer<"accounts.list"> = (reader) => {
  const ids = reader.keys(ACCOUNTS, { and: [] }, BY_ID, { limit: MAX_ACCOUNTS });
  const rows = reader.rows<{ row: string }>(ACCOUNTS, ids, { row: "accounts.row" });
  const devices = reader.counts(registry, "account");
  const known = rows.map(({ row }) => resource(JSON.parse(row) as AccountRow, devices));
  const main = known.find(({ id }) => id === MAIN_ACCOUNT) ?? resource({ seq: 0, account: MAIN }, devices);
  return [...fitting([main, ...known.filter(({ id }) => id !== MAIN_ACCOUNT)], reader.answerBytes)];
};

function resource(
  { seq, account, createdAt, createdBy }: AccountRow,
  devices: ReadonlyMap<string, number>,
): AccountResource {
  const { id, name, limits }: Account = account;
  return {
    id,
    name,
    limits,
    devices: devices.get(id) ?? 0,
    ...(createdAt !== undefined && { createdAt }),
    ...(createdBy !== undefined && { createdBy }),
    seq,
  };
}
