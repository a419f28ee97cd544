import { randomUUID } from "node:crypto";
import {
  DEVICE_ID_ACCEPTS,
  device as deviceDecider,
  effectiveValues,
  FleetError,
  hasEndedProvisioning,
  invalid,
  isDeviceId,
  type JsonObject,
  type ProvisionBundle,
  type ProvisionOrder,
  provisioning,
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
import { mustHaveOwnTag } from "../devices/own-tags.ts";
import type { Fleet } from "../fleet.ts";
import { loadFromLog } from "../writer/load.ts";
import { loadProvisionRequest } from "./load.ts";

const DEFAULT_RETRIES = 3;
const MAX_BUNDLES = 9;
/** A request whose names are taken but whose event is missing after this time was never made. */
const INTERRUPTED_MS = 60_000;

export interface CreateProvisionRequest extends ProvisionLogin {
  /** Default: one that nobody has chosen. */
  readonly password?: string | undefined;
  readonly activatesOn?: string | undefined;
  readonly expiresOn?: string | undefined;
  readonly maxRetries?: number | undefined;
  readonly generateActivationKey?: boolean | undefined;
  readonly overwrite?: boolean | undefined;
  readonly allowPlain?: boolean | undefined;
  /** Default: the caller's. */
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

type Dependencies = Pick<Fleet, "log" | "writer" | "views" | "accounts" | "typeCommands" | "provisioner" | "artifacts">;

/**
 * Creates a provision request. Its secrets are in this answer only. The names are taken before the event is appended, so
 * that no two open requests have the same ones.
 * @throws FleetError `invalid-request`, `provision-request-exists`, `device-type-unknown`, `artifact-unknown`,
 * `account-unknown`, `log-unavailable`, `log-full`
 */
export async function createProvisionRequest(
  fleet: Dependencies,
  caller: Caller,
  request: CreateProvisionRequest,
  now: number,
): Promise<CreatedProvisionRequest> {
  authorize(caller.principal, "provision-request.create", WHOLE_FLEET);
  const account = accountFor(caller, "provision-request.create", request.account);
  mustHaveOwnTag(caller, "provision-request.create", request.device.tags ?? [], "device.tags");
  await fleet.accounts.get(account);
  const order = await orderOf(fleet, account, request, now);
  const { clientId, userName } = order;
  const { writer, provisioner } = fleet;
  if (clientId === userName && (await isRegistered(fleet, clientId))) throw taken(`device ${clientId} logs in`);
  const id = randomUUID();
  const password = request.password ?? newProvisionPassword();
  const activationKey = order.activationKey ? newActivationKey() : undefined;
  const holder = await provisioner.logins.add(order, id, { password, activationKey }, async (other, ageMs) => {
    const found = await loadProvisionRequest(fleet, other);
    return found === undefined ? ageMs > INTERRUPTED_MS : hasEndedProvisioning(found.state);
  });
  if (holder !== undefined) throw taken("an open provision request lets a device in");
  const { lastSeq } = await writer.record({
    decider: provisioning,
    load: () => ({ state: undefined, lastSeq: 0 }),
    command: { type: "CreateRequest", request: id, by: caller.by, ...order },
    entity: id,
    metadata: { ...metadataOf(caller), account },
    timeoutMs: APPEND_TIMEOUT_MS,
  });
  return { id, password, ...(activationKey !== undefined && { activationKey }), seq: lastSeq };
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
async function mustBeAllowed(
  { views }: Dependencies,
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

async function mustBeBundles(fleet: Dependencies, account: string, bundles: readonly ProvisionBundle[]): Promise<void> {
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

async function isRegistered({ log }: Dependencies, id: string): Promise<boolean> {
  if (!isDeviceId(id)) return false;
  return (await loadFromLog(log, deviceDecider, "device", id)).state.status === "registered";
}

function taken(who: string): FleetError {
  return new FleetError("provision-request-exists", `${who} with this client id and user name already`, {
    field: "clientId",
    advice: "Choose another user name, or stop that request first.",
  });
}
