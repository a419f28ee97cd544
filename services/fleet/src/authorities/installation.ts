import { INSTALLATION_AUTHORITY, type InstallationAuthorityCommand, installationAuthority } from "@fleetlog/domain";
import type { Succession } from "@fleetlog/identity";
import { APPEND_TIMEOUT_MS } from "../append-timeout.ts";
import { type Caller, metadataOf } from "../caller.ts";
import type { Fleet } from "../fleet.ts";
import { loadFromLog } from "../writer/load.ts";

/**
 * Records the changes of the installation's authority that are not in the log yet. Several gateways may do so at the
 * same time.
 * @param successions the oldest first
 * @throws FleetError `conflict`, `log-unavailable`, `log-full`
 */
export async function recordSuccessions(
  { log, writer }: Pick<Fleet, "log" | "writer">,
  caller: Caller,
  successions: readonly Succession[],
): Promise<void> {
  const entity = INSTALLATION_AUTHORITY;
  for (const command of successions.flatMap((one) => commandsOf(one, caller.by))) {
    await writer.record({
      decider: installationAuthority,
      load: () => loadFromLog(log, installationAuthority, "account", entity),
      command,
      entity,
      metadata: metadataOf(caller),
      timeoutMs: APPEND_TIMEOUT_MS,
    });
  }
}

function commandsOf({ next, before, renewed, withdrawn }: Succession, by: string): InstallationAuthorityCommand[] {
  const type = renewed ? "RenewInstallationAuthority" : "ReplaceInstallationAuthority";
  return [
    { type, ...next, replaces: before.fingerprint, by },
    ...(withdrawn ? [{ type: "WithdrawInstallationAuthority", ...before, by } as const] : []),
  ];
}
