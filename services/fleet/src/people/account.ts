import { accountDecider, FleetError } from "@fleetlog/domain";
import { APPEND_TIMEOUT_MS } from "../append-timeout.ts";
import { type Caller, metadataOf } from "../caller.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import { loadFromLog } from "../writer/load.ts";

const PREFIX = "own-";

/** The id of the account that is made for a person's sign-up. */
export function ownAccountOf(person: string): string {
  return PREFIX + person.replaceAll("-", "").slice(0, 12);
}

/** Creates the account of a sign-up, once. Its name contains no personal data. */
export async function ensureOwnAccount(
  { log, writer, ownLimits }: Pick<Fleet, "log" | "writer" | "ownLimits">,
  caller: Caller,
  account: string,
): Promise<void> {
  if (!account.startsWith(PREFIX)) return;
  try {
    await writer.record({
      decider: accountDecider,
      load: () => loadFromLog(log, accountDecider, "account", account),
      command: {
        type: "CreateAccount",
        account,
        name: `Account ${account.slice(PREFIX.length)}`,
        ...(Object.keys(ownLimits).length > 0 && { limits: ownLimits }),
        by: caller.by,
      },
      entity: account,
      metadata: { ...metadataOf(caller), account },
      timeoutMs: APPEND_TIMEOUT_MS,
    });
  } catch (error) {
    // An earlier call has created it.
    if (!(error instanceof FleetError && error.code === "account-exists")) throw error;
  }
}
