import {
  ACCOUNT_ID_ACCEPTS,
  ACCOUNT_ID_PATTERN,
  type Account,
  type AccountCommand,
  type AccountEvent,
  type AccountLimits,
  accountDecider,
  invalid,
  WHOLE_FLEET,
} from "@fleetlog/domain";
import { authorize } from "@fleetlog/identity";
import { APPEND_TIMEOUT_MS } from "../append-timeout.ts";
import { type Caller, metadataOf } from "../caller.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import type { Outcome } from "../writer/decision.ts";
import { loadFromLog } from "../writer/load.ts";

type Dependencies = Pick<Fleet, "log" | "writer">;

const pattern = new RegExp(ACCOUNT_ID_PATTERN);

export interface AccountRequest {
  readonly name?: string | undefined;
  /** Replaces all limits. */
  readonly limits?: AccountLimits | undefined;
}

/**
 * @throws FleetError `invalid-request`, `account-exists`, `conflict`, `log-unavailable`, `log-full`; errors of
 * `authorize`
 */
export async function createAccount(
  fleet: Dependencies,
  caller: Caller,
  { id, name, limits }: AccountRequest & { readonly id: string; readonly name: string },
): Promise<number> {
  authorize(caller.principal, "account.manage", WHOLE_FLEET);
  authorize(caller.principal, "account.manage", { kind: "account", id });
  if (!pattern.test(id)) throw invalid("id", `id must be an account's id: ${ACCOUNT_ID_ACCEPTS}`);
  const { lastSeq } = await decideOn(fleet, caller, { type: "CreateAccount", account: id, name, by: caller.by });
  return limits === undefined ? lastSeq : changeAccount(fleet, caller, id, { limits });
}

/** @throws FleetError `account-unknown`, `conflict`, `log-unavailable`, `log-full`; errors of `authorize` */
export async function changeAccount(
  fleet: Dependencies,
  caller: Caller,
  account: string,
  { name, limits }: AccountRequest,
): Promise<number> {
  authorize(caller.principal, "account.manage", { kind: "account", id: account });
  const { by } = caller;
  let seq = 0;
  const decide = async (command: AccountCommand) => {
    seq = (await decideOn(fleet, caller, command)).lastSeq;
  };
  if (name !== undefined) await decide({ type: "RenameAccount", account, name, by });
  if (limits !== undefined) await decide({ type: "ChangeAccountLimits", account, limits, by });
  return seq;
}

function decideOn(
  { log, writer }: Dependencies,
  caller: Caller,
  command: AccountCommand,
): Promise<Outcome<Account | undefined, AccountEvent>> {
  const { account } = command;
  return writer.record({
    decider: accountDecider,
    load: () => loadFromLog(log, accountDecider, "account", account),
    command,
    entity: account,
    metadata: { ...metadataOf(caller, [account, command.type]), account },
    timeoutMs: APPEND_TIMEOUT_MS,
  });
}
