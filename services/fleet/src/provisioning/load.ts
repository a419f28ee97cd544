import {
  type ProvisioningCommand,
  type ProvisioningEvent,
  type ProvisionRequest,
  provisioningDecider,
  type Scope,
  unknownProvisionRequest,
} from "@fleetlog/domain";
import { APPEND_TIMEOUT_MS } from "../append-timeout.ts";
import { type Caller, metadataOf } from "../caller.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import type { Outcome } from "../writer/decision.ts";
import { loadFromLog } from "../writer/load.ts";

const ID = /^[A-Za-z0-9_-]{1,64}$/;

export async function loadProvisionRequest(
  { log }: Pick<Fleet, "log">,
  id: string,
): Promise<ProvisionRequest | undefined> {
  if (!ID.test(id)) return undefined;
  return (await loadFromLog(log, provisioningDecider, "provisioning", id)).state;
}

/** @throws FleetError `provision-request-unknown` also for a request outside the scope */
export async function requestInScope(
  fleet: Pick<Fleet, "log">,
  id: string,
  { accounts, tags }: Scope,
): Promise<ProvisionRequest> {
  const found = await loadProvisionRequest(fleet, id);
  if (found === undefined || accounts?.includes(found.account) === false) throw unknownProvisionRequest();
  if (tags !== undefined && !found.device.tags.some((tag) => tags.includes(tag))) throw unknownProvisionRequest();
  return found;
}

export interface DecideOptions {
  /** Event id, equal in all processes that may append the event; default: random. */
  readonly id?: string;
  readonly signal?: AbortSignal;
}

export async function decideOnRequest(
  { log, writer }: Pick<Fleet, "log" | "writer">,
  caller: Caller,
  request: Pick<ProvisionRequest, "id" | "account">,
  command: ProvisioningCommand,
  { id, signal }: DecideOptions = {},
): Promise<Outcome<ProvisionRequest, ProvisioningEvent>> {
  const outcome = await writer.record({
    decider: provisioningDecider,
    load: () => loadFromLog(log, provisioningDecider, "provisioning", request.id),
    command,
    entity: request.id,
    metadata: {
      ...metadataOf(caller, [request.id, command.type]),
      account: request.account,
      ...(id !== undefined && { id }),
    },
    timeoutMs: APPEND_TIMEOUT_MS,
    ...(signal !== undefined && { signal }),
  });
  if (outcome.state === undefined) throw unknownProvisionRequest();
  return outcome as Outcome<ProvisionRequest, ProvisioningEvent>;
}
