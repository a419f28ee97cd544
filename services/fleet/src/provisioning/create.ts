import {
  DEVICE_ID_ACCEPTS,
  deviceDecider,
  effectiveValues,
  FleetError,
  invalid,
  isDeviceId,
  type JsonObject,
  type ProvisionBundle,
  type ProvisionOrder,
  provisioningDecider,
  WHOLE_FLEET,
} from "@fleetlog/domain";
import { authorize, newActivationKey, newProvisionPassword, type ProvisionLogin } from "@fleetlog/identity";
import { configurationFault, MAX_CONFIGURATION_BYTES } from "@fleetlog/protocol";
import { accountFor } from "../accounts/owner.ts";
import { APPEND_TIMEOUT_MS } from "../append-timeout.ts";
import { findArtifact } from "../artifacts/find.ts";
import { type Caller, metadataOf } from "../caller.ts";
import { mustBeAtMost } from "../configuration/definitions.ts";
import { mustBeType } from "../configuration/device-types.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import { mustHaveOwnTag } from "../devices/own-tags.ts";
import { reserveLogin } from "../logins/free-login.ts";
import { isLoginFree, isRequestOver } from "../logins/holders.ts";
import { newBytes, newId } from "../repeated.ts";
import { loadFromLog } from "../writer/load.ts";

const DEFAULT_RETRIES = 3;
const MAX_BUNDLES = 9;

export interface CreateProvisionRequest extends ProvisionLogin {
  /** Default: a random password. */
  readonly password?: string | undefined;
  readonly activatesOn?: string | undefined;
  readonly expiresOn?: string | undefined;
  readonly maxRetries?: number | undefined;
  readonly generateActivationKey?: boolean | undefined;
  readonly overwrite?: boolean | undefined;
  readonly allowPlain?: boolean | undefined;
  readonly account?: string | undefined;
  readonly device: {
    /** Default: the client id. */
    readonly id?: string | undefined;
    readonly name?: string | undefined;
    readonly tags?: readonly string[] | undefined;
    readonly type?: string | undefined;
  };
  readonly configuration?: JsonObject | undefined;
  readonly bundles?: readonly ProvisionBundle[] | undefined;
}

export interface CreatedProvisionRequest {
  readonly id: string;
  readonly password: string;
  readonly activationKey?: string;
  readonly seq: number;
}

type Dependencies = Pick<
  Fleet,
  "log" | "writer" | "views" | "accounts" | "typeCommands" | "provisioner" | "deviceLogins" | "artifacts"
>;

/** Id and secrets for a creation that may be repeated. */
export interface GivenProvision {
  readonly id: string;
  readonly password: string;
  readonly activationKey: string;
}

/**
 * Creates a provision request. Only this answer contains its secrets. The names are taken before the event, so that no
 * other open request and no device has them.
 * @param given an existing request with this id stays as it is
 * @throws FleetError `invalid-request`, `provision-request-exists`, `device-type-unknown`, `artifact-unknown`,
 * `account-unknown`, `log-unavailable`, `log-full`
 */
export async function createProvisionRequest(
  fleet: Dependencies,
  caller: Caller,
  request: CreateProvisionRequest,
  now: number,
  given = caller.repeatable === undefined ? undefined : repeatedIn(caller, request),
): Promise<CreatedProvisionRequest> {
  const { id = newId(caller, "provision request"), password = request.password ?? newProvisionPassword() } =
    given ?? {};
  const { account, order } = await allowedOrder(fleet, caller, request, now);
  const { logins } = fleet.provisioner;
  const activationKey = order.activationKey ? (given?.activationKey ?? newActivationKey()) : undefined;
  const secrets = { password, ...(activationKey !== undefined && { activationKey }) };
  if (given !== undefined) {
    const { state, lastSeq: seq } = await loadFromLog(fleet.log, provisioningDecider, "provisioning", id);
    if (state !== undefined) return { id, ...secrets, seq };
  }
  const holder = await logins.add(order, id, secrets, (other, ageMs) => isRequestOver(fleet, other, ageMs));
  if (holder !== undefined) throw taken();
  try {
    const device = await fleet.deviceLogins.find(order);
    if (device !== undefined && !(await isLoginFree(fleet, order, device))) throw taken();
    await reserveLogin(fleet, order, id, { ...metadataOf(caller), account });
  } catch (error) {
    await logins.release(order, id);
    throw error;
  }
  const { lastSeq } = await fleet.writer.record({
    decider: provisioningDecider,
    load: async () => {
      const loaded =
        given === undefined
          ? { state: undefined, lastSeq: 0 }
          : await loadFromLog(fleet.log, provisioningDecider, "provisioning", id);
      // If this process was paused, another request may have taken the names.
      if (loaded.state === undefined && (await logins.holderOf(order))?.request !== id) throw taken();
      return loaded;
    },
    command: { type: "CreateRequest", request: id, by: caller.by, ...order },
    entity: id,
    metadata: { ...metadataOf(caller, [id, "CreateRequest"]), account },
    timeoutMs: APPEND_TIMEOUT_MS,
  });
  return { id, ...secrets, seq: lastSeq };
}

/** Id and secrets that are the same in each run of the caller's request. */
function repeatedIn(caller: Caller, { password }: CreateProvisionRequest): GivenProvision {
  return {
    id: newId(caller, "provision request"),
    password: password ?? newBytes(caller, "password").subarray(0, 18).toString("base64url"),
    activationKey: newActivationKey((round) => newBytes(caller, `activation key ${round}`)),
  };
}

/** @throws as {@link createProvisionRequest} */
export async function checkProvisionRequest(
  fleet: Dependencies,
  caller: Caller,
  request: CreateProvisionRequest,
  now: number,
): Promise<void> {
  const { order } = await allowedOrder(fleet, caller, request, now);
  const { clientId, userName } = order;
  const holder = await fleet.provisioner.logins.holderOf(order);
  if (holder !== undefined && !(await isRequestOver(fleet, holder.request, holder.ageMs))) throw taken();
  const taker = await fleet.deviceLogins.find(order);
  if (taker !== undefined && !(await isLoginFree(fleet, order, taker))) throw taken();
  if (clientId !== userName || !isDeviceId(clientId)) return;
  const { state } = await loadFromLog(fleet.log, deviceDecider, "device", clientId);
  deviceDecider.decide({ type: "ReserveLogin", device: clientId, request: "", by: "" }, state);
}

async function allowedOrder(
  fleet: Dependencies,
  caller: Caller,
  request: CreateProvisionRequest,
  now: number,
): Promise<{ readonly account: string; readonly order: ProvisionOrder }> {
  authorize(caller.principal, "provision-request.create", WHOLE_FLEET);
  const account = accountFor(caller, "provision-request.create", request.account);
  mustHaveOwnTag(caller, "provision-request.create", request.device.tags ?? [], "device.tags");
  await fleet.accounts.get(account);
  return { account, order: await orderOf(fleet, account, request, now) };
}

async function orderOf(
  fleet: Dependencies,
  account: string,
  request: CreateProvisionRequest,
  now: number,
): Promise<ProvisionOrder> {
  const { clientId, userName, activatesOn, expiresOn, device, configuration, bundles = [] } = request;
  const id = device.id ?? clientId;
  if (!isDeviceId(id)) {
    const [field, advice] =
      device.id === undefined ? ["clientId", " where device.id does not name one"] : ["device.id", ""];
    throw invalid(field, `${field} must be a device id${advice}: ${DEVICE_ID_ACCEPTS}`);
  }
  if (expiresOn !== undefined && Date.parse(expiresOn) <= now) {
    throw invalid("expiresOn", "expiresOn must be in the future");
  }
  if (activatesOn !== undefined && expiresOn !== undefined && Date.parse(activatesOn) >= Date.parse(expiresOn)) {
    throw invalid("expiresOn", "expiresOn must be after activatesOn");
  }
  if (device.type !== undefined) await mustBeType(fleet, { name: device.type, account }, "device.type");
  if (configuration !== undefined) await mustBeAllowed(fleet, account, device.type, configuration);
  await mustBeBundles(fleet, account, bundles);
  return {
    clientId,
    userName,
    ...(activatesOn !== undefined && { activatesOn: new Date(activatesOn).toISOString() }),
    ...(expiresOn !== undefined && { expiresOn: new Date(expiresOn).toISOString() }),
    maxRetries: request.maxRetries ?? DEFAULT_RETRIES,
    activationKey: request.generateActivationKey ?? false,
    overwrite: request.overwrite ?? false,
    allowPlain: request.allowPlain ?? false,
    device: {
      id,
      ...(device.name !== undefined && { name: device.name }),
      tags: device.tags ?? [],
      ...(device.type !== undefined && { type: device.type }),
    },
    ...(configuration !== undefined && { configuration }),
    bundles,
  };
}

/** @throws FleetError `invalid-request` if the schema of the type does not allow the values */
export async function mustBeAllowed(
  { views }: Pick<Fleet, "views">,
  account: string,
  type: string | undefined,
  configuration: JsonObject,
): Promise<void> {
  mustBeAtMost(MAX_CONFIGURATION_BYTES, "configuration", configuration);
  if (type === undefined) return;
  const found = await views.query("types.get", { name: type, account }, { whenAway: "wait" });
  const defaults = found?.configuration === undefined ? [] : [{ from: `type:${type}`, values: found.configuration }];
  const fault = configurationFault(found?.schema, effectiveValues(defaults, configuration));
  if (fault === undefined) return;
  throw invalid(fault.field.replace(/^values/, "configuration"), `${fault.message}, as the device type ${type} says`);
}

export async function mustBeBundles(
  fleet: Pick<Fleet, "log" | "artifacts">,
  account: string,
  bundles: readonly ProvisionBundle[],
): Promise<void> {
  if (bundles.length > MAX_BUNDLES) throw invalid("bundles", `a request has at most ${MAX_BUNDLES} bundles`);
  for (const [index, { name, artifact }] of bundles.entries()) {
    if (bundles.findIndex((other) => other.name === name) !== index)
      throw invalid(`bundles[${index}].name`, "each bundle has a name of its own");
    await findArtifact(fleet, { account, ...artifact }).catch((error: unknown) => {
      if (!(error instanceof FleetError) || error.code !== "artifact-unknown") throw error;
      throw new FleetError("artifact-unknown", `there is no version ${artifact.version} of ${artifact.name}`, {
        field: `bundles[${index}].artifact`,
      });
    });
  }
}

function taken(): FleetError {
  return new FleetError(
    "provision-request-exists",
    "an open provision request or a registered device already has this client id and user name",
    { field: "clientId", advice: "Choose another user name, or first stop that request or retire that device." },
  );
}
