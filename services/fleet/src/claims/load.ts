import {
  type ClaimCode,
  type ClaimCodeCommand,
  type ClaimCodeEvent,
  claimCodeDecider,
  normalClaimCode,
  type Scope,
  unknownClaimCode,
} from "@fleetlog/domain";
import { APPEND_TIMEOUT_MS } from "../append-timeout.ts";
import { type Caller, metadataOf } from "../caller.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import type { Outcome } from "../writer/decision.ts";
import { loadFromLog } from "../writer/load.ts";

const ID = /^[A-Za-z0-9_-]{22}$/;

export function claimCodeIdOf({ provisioner }: Pick<Fleet, "provisioner">, text: string): string | undefined {
  const normal = normalClaimCode(text);
  return normal === undefined ? undefined : provisioner.claimCodeId(normal);
}

export async function loadClaimCode({ log }: Pick<Fleet, "log">, id: string): Promise<ClaimCode | undefined> {
  return ID.test(id) ? (await loadFromLog(log, claimCodeDecider, "provisioning", id)).state : undefined;
}

/** @throws FleetError `claim-code-unknown` also for a code outside the scope */
export async function codeInScope(
  fleet: Pick<Fleet, "log">,
  id: string,
  { accounts, tags }: Scope,
): Promise<ClaimCode> {
  const found = await loadClaimCode(fleet, id);
  if (found === undefined || accounts?.includes(found.account) === false) throw unknownClaimCode();
  if (tags !== undefined && !found.tags.some((tag) => tags.includes(tag))) throw unknownClaimCode();
  return found;
}

export async function decideOnCode(
  { log, writer }: Pick<Fleet, "log" | "writer">,
  caller: Caller | undefined,
  { id, account }: Pick<ClaimCode, "id" | "account">,
  command: ClaimCodeCommand,
): Promise<Outcome<ClaimCode, ClaimCodeEvent>> {
  const outcome = await writer.record({
    decider: claimCodeDecider,
    load: () => loadFromLog(log, claimCodeDecider, "provisioning", id),
    command,
    entity: id,
    metadata: { ...(caller !== undefined && metadataOf(caller, [id, command.type])), account },
    timeoutMs: APPEND_TIMEOUT_MS,
  });
  if (outcome.state === undefined) throw unknownClaimCode();
  return outcome as Outcome<ClaimCode, ClaimCodeEvent>;
}
