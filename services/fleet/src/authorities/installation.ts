import {
  type Action,
  FleetError,
  INSTALLATION_AUTHORITY,
  type InstallationAuthorityCommand,
  installationAuthorityDecider,
} from "@fleetlog/domain";
import { authorize, type Issuing, type Succession, scopeOf } from "@fleetlog/identity";
import { APPEND_TIMEOUT_MS } from "../append-timeout.ts";
import { type Caller, metadataOf } from "../caller.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import { butEnded } from "../not-recorded.ts";
import { loadFromLog } from "../writer/load.ts";
import { authoritiesChanged } from "./changed.ts";

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
  for (const command of successions.flatMap((one) => commandsOf(one, caller.by))) {
    await decideOn({ log, writer }, caller, command);
  }
}

function commandsOf(
  { next, before, renewed, withdrawn, withdrawnBy = "system" }: Succession,
  by: string,
): InstallationAuthorityCommand[] {
  const type = renewed ? "RenewInstallationAuthority" : "ReplaceInstallationAuthority";
  return [
    { type, ...next, replaces: before.fingerprint, by },
    ...(withdrawn ? [{ type: "WithdrawInstallationAuthority", ...before, by: withdrawnBy } as const] : []),
  ];
}

/** The installation's issuing certificates, the newest first. @throws FleetError `forbidden`, `log-unavailable` */
export function listIssuing({ authority }: Pick<Fleet, "authority">, caller: Caller): Promise<readonly Issuing[]> {
  mustBeAllowed(caller, "authority.list");
  return authority.issuing();
}

/**
 * Withdraws a replaced authority of the installation before its overlap ends, and ends the sessions of its certificates
 * on every node. Another node may record the withdrawal; its event names the same person.
 * @param fingerprint SHA-256 of the issuing certificate, 64 hexadecimal digits
 * @throws FleetError `authority-unknown`, `forbidden`, `conflict`, `log-unavailable`, `log-full`
 */
export async function withdrawAuthority(
  fleet: Pick<Fleet, "log" | "writer" | "bus" | "authority">,
  caller: Caller,
  fingerprint: string,
): Promise<void> {
  mustBeAllowed(caller, "authority.change");
  const withdrawn = await fleet.authority.withdraw(fingerprint, caller.by);
  if (withdrawn === undefined) {
    throw new FleetError("authority-unknown", `no replaced authority has the fingerprint ${fingerprint}`, {
      field: "fingerprint",
      advice: "GET /api/authority/issuers lists them. The present authority can't be withdrawn, only replaced.",
    });
  }
  authoritiesChanged(fleet);
  const command = { type: "WithdrawInstallationAuthority", ...withdrawn, by: caller.by } as const;
  await decideOn(fleet, caller, command).catch(butEnded("Certificates of the authority are not accepted any more"));
}

/** The authority concerns all devices, so callers who are limited to tags are refused. */
function mustBeAllowed({ principal }: Caller, action: Action): void {
  authorize(principal, action, { kind: "fleet" });
  if (scopeOf(principal, action).tags === undefined) return;
  throw new FleetError("forbidden", "this concerns all devices, and your access is limited to some");
}

function decideOn(
  { log, writer }: Pick<Fleet, "log" | "writer">,
  caller: Caller,
  command: InstallationAuthorityCommand,
): Promise<unknown> {
  const entity = INSTALLATION_AUTHORITY;
  return writer.record({
    decider: installationAuthorityDecider,
    load: () => loadFromLog(log, installationAuthorityDecider, "account", entity),
    command,
    entity,
    metadata: metadataOf(caller),
    timeoutMs: APPEND_TIMEOUT_MS,
  });
}
