import {
  accountOf,
  byRequest,
  deviceDecider,
  FleetError,
  hasEndedProvisioning,
  isUnderWay,
  type ProvisionRequest,
  provisionEventId,
  unknownProvisionRequest,
  WHOLE_FLEET,
} from "@fleetlog/domain";
import { authorize, newActivationKey, scopeOf } from "@fleetlog/identity";
import type { Caller } from "../caller.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import type { Done } from "../devices/decide.ts";
import { retireDevice } from "../devices/retire.ts";
import { sendLiveMessage } from "../live-message.ts";
import { isNewest, newBytes } from "../repeated.ts";
import { loadFromLog } from "../writer/load.ts";
import { registrationOf } from "./accept.ts";
import { givenBy } from "./given.ts";
import { decideOnRequest, loadProvisionRequest, requestInScope } from "./load.ts";

type Log = Pick<Fleet, "log" | "writer">;

/**
 * Stops a request for an operator. Before the first log-in it stops at once, otherwise after the end of its session.
 * @throws FleetError `provision-request-unknown`, `provision-state`, `log-unavailable`, `log-full`
 */
export async function stopProvisioning(fleet: Log, caller: Caller, id: string): Promise<Done> {
  authorize(caller.principal, "provision-request.change", WHOLE_FLEET);
  const found = await requestInScope(fleet, id, scopeOf(caller.principal, "provision-request.change"));
  const { lastSeq } = await decideOnRequest(fleet, caller, found, { type: "Stop", by: caller.by });
  return { seq: lastSeq };
}

/**
 * Replaces a lost activation key. Only this answer contains the new one.
 * @throws FleetError `provision-request-unknown`, `provision-state`, `log-unavailable`, `log-full`
 */
export async function renewActivationKey(
  fleet: Log & Pick<Fleet, "provisioner">,
  caller: Caller,
  id: string,
): Promise<Done & { readonly activationKey: string }> {
  authorize(caller.principal, "provision-request.change", WHOLE_FLEET);
  const found = await requestInScope(fleet, id, scopeOf(caller.principal, "provision-request.change"));
  const activationKey = newActivationKey((round) => newBytes(caller, `activation key ${round}`));
  const { lastSeq, duplicate } = await decideOnRequest(fleet, caller, found, { type: "RenewKey", by: caller.by });
  // After an interrupted run of this request, somebody may have replaced the key once more.
  const fact = ["provisioning", id, "RenewKey"] as const;
  if (duplicate && !(await isNewest(fleet, caller, fact, ["ProvisionKeyRenewed"])))
    return { seq: lastSeq, activationKey };
  const renewed = await fleet.provisioner.logins.renewActivationKey(found, id, activationKey);
  if (renewed === undefined) throw new FleetError("conflict", "the provision request has just ended");
  return { seq: lastSeq, activationKey };
}

/** Parameters of an end that no operator has requested. The call may be repeated. */
export interface SystemEnd {
  readonly request: string;
  readonly caller: Caller;
  readonly signal?: AbortSignal;
}

/** Stops a request in state STOPPING, after the end of its session. */
export async function finishStop(fleet: Log, { request, caller, signal }: SystemEnd): Promise<void> {
  const found = await existing(fleet, request);
  const options = { id: provisionEventId.stopped(request), ...(signal && { signal }) };
  await decideOnRequest(fleet, caller, found, { type: "FinishStop", by: caller.by }, options);
}

/** Abandons a request that has expired, or whose last try has failed. */
export async function abandonProvisioning(
  fleet: Log,
  { request, caller, signal }: SystemEnd,
  now: number,
): Promise<void> {
  const found = await existing(fleet, request);
  const options = { id: provisionEventId.abandoned(request), ...(signal && { signal }) };
  await decideOnRequest(fleet, caller, found, { type: "Expire", now: new Date(now).toISOString() }, options);
  await decideOnRequest(fleet, caller, found, { type: "GiveUp" }, options);
}

/** Fails the running try if no event was recorded after this sequence. */
export async function timeOutProvisioning(
  fleet: Log,
  { request, caller, signal }: SystemEnd,
  since: number,
  message: string,
): Promise<void> {
  const found = await existing(fleet, request);
  const options = { id: provisionEventId.timedOut(request, since), ...(signal && { signal }) };
  const error = { code: "time-out", message };
  await decideOnRequest(fleet, caller, found, { type: "TimeOut", since, error }, options);
}

/**
 * Completes a request if everything was reported, and the device has logged in with its own credential since the newest
 * reply.
 */
export async function completeProvisioning(fleet: Log, { request, caller, signal }: SystemEnd): Promise<void> {
  const found = await existing(fleet, request);
  if (!isUnderWay(found.state) || found.acceptedSeq === undefined) return;
  if ((await newestSession(fleet, found.device.id)) <= found.acceptedSeq) return;
  const options = { id: provisionEventId.completed(request), ...(signal && { signal }) };
  await decideOnRequest(fleet, caller, found, { type: "Complete" }, options).catch((error: unknown) => {
    // The device has not reported everything. Its next report calls this function again.
    if (!(error instanceof FleetError) || error.code !== "provision-state") throw error;
  });
}

/** Sequence of the SessionOpened of the device's newest session; 0 without a session. */
async function newestSession({ log }: Pick<Fleet, "log">, device: string): Promise<number> {
  const last = await log.last("session", device);
  if (last === undefined) return 0;
  if (last.type === "SessionOpened") return last.seq;
  return "epoch" in last.data && typeof last.data.epoch === "number" ? last.data.epoch : 0;
}

type CleanUp = Pick<
  Fleet,
  "log" | "bus" | "writer" | "views" | "credentials" | "authority" | "provisioner" | "deviceLogins"
>;

/**
 * Frees the names of an ended request. If the request was stopped or abandoned, also ends the access that it gave the
 * device, and retires the device if the request has registered it.
 */
export async function cleanUpProvisioning(fleet: CleanUp, id: string, caller: Caller): Promise<void> {
  const request = await loadProvisionRequest(fleet, id);
  if (request === undefined || !hasEndedProvisioning(request.state)) return;
  if (request.state === "STOPPED" || request.state === "ABANDONED") await endDevice(fleet, caller, request);
  // The names are freed last, because a gateway's start repeats the clean-up of requests that still have names.
  await fleet.provisioner.logins.release(request, id);
}

async function endDevice(fleet: CleanUp, caller: Caller, request: ProvisionRequest): Promise<void> {
  const { id } = request.device;
  const { credentials, authority } = fleet;
  // A slow gateway must not end a credential that somebody has given the device after the request.
  const since = await credentials.revisionOf(id);
  const { state } = await loadFromLog(fleet.log, deviceDecider, "device", id);
  // A moved device belongs to another account.
  if (state.status !== "registered" || accountOf(state) !== request.account) return;
  const registration = await registrationOf(fleet, id);
  if (registration?.by === byRequest(request.id)) {
    const reason = `its provision request was ${request.state.toLowerCase()}`;
    await retireDevice(fleet, caller, id, { reason, since }).catch((error: unknown) => {
      if (!(error instanceof FleetError) || error.code !== "conflict") throw error;
      return endDevice(fleet, caller, request);
    });
    return;
  }
  if (request.acceptedSeq === undefined || registration === undefined) return;
  if (registration.seq > request.acceptedSeq) return;
  const given = await givenBy(fleet, request, request.acceptedSeq);
  if (given.otherToken) return endCertificates(fleet, id, given.certificates);
  // A device that existed before the request stays registered, but without the request's access: an operator gives it a new token.
  const keeps = (serial: string) => !given.certificates.has(serial);
  const provisioned = await credentials.provision(id, request.account, since, { keeps });
  // Another gateway has done this, or somebody has given the device a token or certificate.
  if (provisioned === undefined) return endDevice(fleet, caller, request);
  await authority.listRevoked(provisioned.ended);
  sendLiveMessage(fleet.bus, id, "credential", {});
}

async function endCertificates(
  { credentials, authority, bus }: CleanUp,
  device: string,
  serials: ReadonlySet<string>,
): Promise<void> {
  const ended = (await credentials.certificates(device)).filter(({ serial }) => serials.has(serial));
  if (ended.length === 0) return;
  await authority.listRevoked(ended);
  for (const { serial } of ended) await credentials.removeCertificate(device, serial);
  sendLiveMessage(bus, device, "credential", {});
}

async function existing(fleet: Pick<Fleet, "log">, id: string): Promise<ProvisionRequest> {
  const found = await loadProvisionRequest(fleet, id);
  if (found === undefined) throw unknownProvisionRequest();
  return found;
}
