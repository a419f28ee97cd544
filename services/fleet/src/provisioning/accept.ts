import {
  accountOf,
  admitsDevice,
  byRequest,
  type DeviceCommand,
  type DeviceState,
  deviceDecider,
  FleetError,
  type ProvisionRequest,
  unknownProvisionRequest,
  WHOLE_FLEET,
} from "@fleetlog/domain";
import { authorize } from "@fleetlog/identity";
import { withoutRepeats } from "@fleetlog/log";
import type { ProvisionAsk } from "@fleetlog/protocol";
import { withRoom } from "../accounts/device-limit.ts";
import { type Caller, partCaller } from "../caller.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import { decideOn } from "../devices/decide.ts";
import { mustHaveFreeLogin } from "../logins/free-login.ts";
import { loadFromLog } from "../writer/load.ts";
import { giveCredential } from "./credential.ts";
import { decideOnRequest, loadProvisionRequest } from "./load.ts";
import { callerFor } from "./log-in.ts";
import { provisionReply } from "./reply.ts";

type Dependencies = Pick<
  Fleet,
  | "log"
  | "bus"
  | "writer"
  | "views"
  | "accounts"
  | "credentials"
  | "authority"
  | "artifacts"
  | "provisioner"
  | "deviceLogins"
>;

/**
 * Registers the device of a request, and answers with a new credential. A repeated call makes another credential and
 * ends the earlier one.
 * @throws FleetError `forbidden` for a wrong activation key; `device-exists` if the request is skipped;
 * `provision-state` if the request lets no device in now; `invalid-request` for a refused signing request;
 * `session-superseded` if a later session of the device has got a credential; `limit-reached`, `log-unavailable`, `log-full`
 * @param session number of the device's session: see `beginProvisioningSession`
 */
export async function acceptProvisioning(
  fleet: Dependencies,
  id: string,
  ask: ProvisionAsk,
  now: number,
  session?: number,
): Promise<{ readonly jws: string }> {
  const device = callerFor(id);
  authorize(device.principal, "provision.ask", WHOLE_FLEET);
  let request = await loadProvisionRequest(fleet, id);
  if (request === undefined) throw unknownProvisionRequest();
  const since = await fleet.credentials.revisionOf(request.device.id);
  const at = new Date(now).toISOString();
  // The device asks again on the same connection after a failure.
  if (request.state === "FAILED" && admitsDevice(request, now))
    request = (await decideOnRequest(fleet, device, request, { type: "Start", now: at })).state;
  if (!admitsDevice(request, now)) {
    throw new FleetError("provision-state", `the provision request is ${request.state} and lets no device in now`);
  }
  await mustHaveActivationKey(fleet, request, ask.activationKey);
  const system: Caller = { ...partCaller("provisioning"), by: byRequest(id), source: `/provision-requests/${id}` };
  const { isNew } = await registered(fleet, system, request);
  const { account, device: wanted, configuration, bundles, clientId } = request;
  const wish = {
    device: wanted.id,
    account,
    csr: ask.csr,
    orNamed: clientId,
    first: isNew,
    since,
    ...(session !== undefined && { session: { request: id, number: session } }),
  };
  const { credential } = await giveCredential(fleet, system, wish, (serial) =>
    decideOnRequest(fleet, device, request as ProvisionRequest, {
      type: "Accept",
      now: at,
      device: wanted.id,
      credential: serial === undefined ? "token" : "certificate",
      ...(serial !== undefined && { certificate: serial }),
      ...(ask.model !== undefined && { model: ask.model }),
      ...(ask.serial !== undefined && { serial: ask.serial }),
    }),
  );
  const content = { request: id, account, device: wanted.id, credential, configuration, bundles };
  return provisionReply(fleet, content, now);
}

async function mustHaveActivationKey(
  { provisioner }: Dependencies,
  request: ProvisionRequest,
  given: string | undefined,
): Promise<void> {
  if (!request.activationKey) return;
  if (given !== undefined && (await provisioner.logins.isActivationKey(request, request.id, given))) return;
  throw new FleetError("forbidden", "the activation key is missing or wrong", {
    field: "activationKey",
    advice: "Ask an operator for the key, or for a new one.",
  });
}

/**
 * Registers the request's device, or takes a registered device over if the request allows that. In any other case ends
 * the request as skipped, and throws `device-exists`.
 */
async function registered(
  fleet: Dependencies,
  system: Caller,
  request: ProvisionRequest,
): Promise<{ readonly isNew: boolean }> {
  const { id, name, tags, type } = request.device;
  const { state } = await loadFromLog(fleet.log, deviceDecider, "device", id);
  if (state.status !== "registered") {
    const given = { ...(name !== undefined && { name }), ...(type !== undefined && { deviceType: type }) };
    const command = { type: "RegisterDevice", device: id, tags, account: request.account, by: system.by } as const;
    const isFree = () => mustHaveFreeLogin(fleet, id, request.id);
    try {
      await withRoom(fleet, request.account, ({ add }) =>
        add(() => decideOn(fleet, system, id, { ...command, ...given }, isFree, request.account)),
      );
      return { isNew: true };
    } catch (error) {
      // Another call has registered the device meanwhile.
      if (error instanceof FleetError && error.code === "device-exists") return registered(fleet, system, request);
      throw error;
    }
  }
  // Even a device that this request has registered may have been moved since.
  if (accountOf(state) !== request.account || state.dialect !== undefined) await skip(fleet, request, false);
  if ((await registrationOf(fleet, id))?.by === system.by) return { isNew: false };
  if (!request.overwrite) await skip(fleet, request, true);
  for (const command of changesTo(state, request, system.by)) await decideOn(fleet, system, id, command);
  return { isNew: false };
}

/** @param overwritable whether a request with `overwrite` would take the registered device over */
async function skip(fleet: Dependencies, request: ProvisionRequest, overwritable: boolean): Promise<never> {
  if (request.state === "STARTED") await decideOnRequest(fleet, callerFor(request.id), request, { type: "Skip" });
  throw new FleetError("device-exists", `device ${request.device.id} is registered already`, {
    advice: `Create a provision request with ${overwritable ? "overwrite, or with " : ""}another device id.`,
  });
}

export async function registrationOf(
  { log }: Pick<Fleet, "log">,
  device: string,
): Promise<{ readonly by: string; readonly seq: number } | undefined> {
  let newest: { readonly by: string; readonly seq: number } | undefined;
  for await (const event of withoutRepeats(log.read({ stream: "FLEET", category: "device", entity: device }))) {
    if (event.type === "DeviceRegistered") newest = { by: event.data.by, seq: event.seq };
  }
  return newest;
}

function changesTo(
  state: Extract<DeviceState, { status: "registered" }>,
  { device: { name, tags, type } }: ProvisionRequest,
  by: string,
): DeviceCommand[] {
  const changes: DeviceCommand[] = [];
  if (name !== undefined && name !== state.name) changes.push({ type: "RenameDevice", name, by });
  if (tags.length > 0) changes.push({ type: "TagDevice", tags, by });
  if (type !== undefined && type !== state.type) changes.push({ type: "TypeDevice", deviceType: type, by });
  return changes;
}
