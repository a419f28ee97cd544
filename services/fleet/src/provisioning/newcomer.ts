import { FleetError, type ProvisionOrder, type ProvisionRequest, provisioningDecider } from "@fleetlog/domain";
import { newProvisionPassword } from "@fleetlog/identity";
import { APPEND_TIMEOUT_MS } from "../append-timeout.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import { isRequestOver } from "../logins/holders.ts";
import { loadFromLog } from "../writer/load.ts";
import { decideOnRequest, loadProvisionRequest } from "./load.ts";
import { callerFor } from "./log-in.ts";

/** Time in which the device must ask for its credential. */
const ASK_WITHIN_MS = 24 * 3_600_000;
const RETRIES = 10;

/** A device that was let in by an enrolment group or a claim code. */
export interface Newcomer {
  readonly request: string;
  readonly device: string;
  readonly account: string;
  /** What let the device in; recorded in `by`. */
  readonly by: string;
  readonly order: Omit<ProvisionOrder, "clientId" | "userName" | "maxRetries" | "activationKey" | "expiresOn">;
  readonly protocol?: string | undefined;
  readonly address?: string | undefined;
}

/**
 * @throws FleetError `provision-request-exists` if another open request has the names; `provision-state`,
 * `log-unavailable`, `log-full`
 */
export async function openForNewcomer(
  fleet: Pick<Fleet, "log" | "writer" | "provisioner">,
  { request: id, device, account, by, order, protocol, address }: Newcomer,
  now: number,
): Promise<ProvisionRequest> {
  const login = { clientId: device, userName: device };
  // This log-in only keeps the names for the device: nobody gets its password.
  const secrets = { password: newProvisionPassword() };
  const holder = await fleet.provisioner.logins.add(
    login,
    id,
    secrets,
    async (other, ageMs) => other === id || isRequestOver(fleet, other, ageMs),
  );
  const taken = () =>
    new FleetError(
      "provision-request-exists",
      `a provision request that is open, or is being created, has the name ${device}`,
    );
  if (holder !== undefined) throw taken();
  const expiresOn = new Date(now + ASK_WITHIN_MS).toISOString();
  const fixed = { ...login, maxRetries: RETRIES, activationKey: false, expiresOn };
  const { state } = await fleet.writer.record({
    decider: provisioningDecider,
    load: async () => {
      const loaded = await loadFromLog(fleet.log, provisioningDecider, "provisioning", id);
      // If this process was paused, another request may have taken the names.
      const isMine = loaded.state !== undefined || (await fleet.provisioner.logins.holderOf(login))?.request === id;
      if (!isMine) throw taken();
      return loaded;
    },
    command: { type: "CreateRequest", request: id, by, ...order, ...fixed },
    entity: id,
    metadata: { account },
    timeoutMs: APPEND_TIMEOUT_MS,
  });
  if (state === undefined) throw new FleetError("conflict", "the provision request was not made");
  if (state.state !== "CREATED" && state.state !== "FAILED") return state;
  const from = { ...(protocol !== undefined && { protocol }), ...(address !== undefined && { address }) };
  const start = { type: "Start", now: new Date(now).toISOString(), ...from } as const;
  return (await decideOnRequest(fleet, callerFor(id), state, start)).state;
}

export async function outcomeOf(
  fleet: Pick<Fleet, "log">,
  request: string,
): Promise<"open" | "completed" | "given-up" | "refused"> {
  const found = await loadProvisionRequest(fleet, request);
  // The process ended before it made the request.
  if (found === undefined) return "open";
  if (found.state === "COMPLETED") return "completed";
  if (found.state === "ABANDONED") return "given-up";
  return found.state === "SKIPPED" || found.state === "STOPPED" || found.state === "STOPPING" ? "refused" : "open";
}
