import { randomUUID } from "node:crypto";
import {
  deviceDecider,
  type EarlierEnrolment,
  type EnrolmentGroup,
  FleetError,
  invalid,
  isDeviceId,
  type ProvisionRequest,
  placeOf,
} from "@fleetlog/domain";
import { inTurn } from "../accounts/turns.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import { registrationOf } from "../provisioning/accept.ts";
import { loadProvisionRequest } from "../provisioning/load.ts";
import type { PresentedProvisioning } from "../provisioning/log-in.ts";
import { openForNewcomer, outcomeOf } from "../provisioning/newcomer.ts";
import { loadFromLog } from "../writer/load.ts";
import { decideOnGroup, loadEnrolmentGroup } from "./load.ts";

type Dependencies = Pick<Fleet, "log" | "writer" | "provisioner" | "accounts">;
/** After this many conflicts with other nodes, the device must try again. */
const ATTEMPTS = 5;

/**
 * Enrols a device by a group's secret or by a key derived from it. Resolves with undefined for any other password.
 * @throws FleetError `enrolment-closed`, `limit-reached`, `device-exists`; `forbidden` without TLS, if the group does
 * not allow that; `conflict`, `log-unavailable`, `log-full`
 */
export async function enrolDevice(
  fleet: Dependencies,
  { clientId: device, userName, password, encrypted, protocol, address }: PresentedProvisioning,
  now: number,
): Promise<ProvisionRequest | undefined> {
  const shown = await fleet.provisioner.enrolments.verify(password, device);
  if (shown === undefined || userName !== device) return undefined;
  const group = await loadEnrolmentGroup(fleet, shown.group);
  if (group === undefined) return undefined;
  const isEnough = group.proof === "secret" || (group.proof === "derived" && shown.proof === "derived");
  if (!isEnough) return undefined;
  if (!encrypted && !group.allowPlain) {
    throw new FleetError("forbidden", "this enrolment group lets its devices in by TLS only", {
      advice: "Use the port with TLS, or create a group with allowPlain.",
    });
  }
  return enrol(fleet, group, { device, protocol, address }, now);
}

/** A device whose credential for enrolling was checked. */
export interface Shown {
  readonly device: string;
  readonly protocol: string;
  /** `host:port`. */
  readonly address: string;
  /** Serial of its certificate. */
  readonly certificate?: string;
}

/** Gives the device a place in the group, and its provision request. @throws as {@link enrolDevice} */
export async function enrol(
  fleet: Dependencies,
  group: EnrolmentGroup,
  shown: Shown,
  now: number,
): Promise<ProvisionRequest> {
  const { device, protocol, address } = shown;
  if (!isDeviceId(device)) throw invalid("clientId", "the client id must be a device id");
  // Enrolments of one group are decided one at a time, because each takes one of the free places.
  const { request, overwrite } = await inTurn(fleet.accounts, `enrolment ${group.id}`, () =>
    placeFor(fleet, group, shown, now),
  );
  const { id, account, tags, deviceType: type, configuration, bundles, allowPlain } = group;
  const order = {
    overwrite,
    allowPlain,
    device: { id: device, tags, ...(type !== undefined && { type }) },
    ...(configuration !== undefined && { configuration }),
    bundles,
    enrolmentGroup: id,
  };
  const by = `enrolment-groups/${id}`;
  return openForNewcomer(fleet, { request, device, account, by, order, protocol, address }, now);
}

/** The provision request of the device's place. A new place or a re-enrolment has a new request. */
async function placeFor(
  fleet: Dependencies,
  { id, account }: EnrolmentGroup,
  { device, address, certificate }: Shown,
  now: number,
): Promise<{ readonly request: string; readonly overwrite: boolean }> {
  for (let attempt = 1; ; attempt++) {
    const group = await loadEnrolmentGroup(fleet, id);
    const exists = await isRegistered(fleet, id, device);
    const earlier = group && (await earlierOf(fleet, group, device, exists));
    const command = {
      type: "Enrol",
      device,
      request: randomUUID(),
      now: new Date(now).toISOString(),
      address,
      ...(certificate !== undefined && { certificate }),
      earlier,
    } as const;
    try {
      const { state } = await decideOnGroup(fleet, undefined, { id, account }, command);
      const request = placeOf(state, device)?.request ?? command.request;
      return { request, overwrite: exists };
    } catch (error) {
      const isConflict = error instanceof FleetError && error.code === "conflict";
      if (!isConflict || attempt === ATTEMPTS) throw error;
    }
  }
}

/** The outcome of the device's enrolment in the group, if the device has a place. */
export async function earlierOf(
  fleet: Pick<Fleet, "log">,
  group: EnrolmentGroup,
  device: string,
  exists: boolean,
): Promise<EarlierEnrolment | undefined> {
  const place = placeOf(group, device);
  if (place === undefined) return undefined;
  const outcome = await outcomeOf(fleet, place.request);
  // A device that completed its enrolment and is not registered any more was retired.
  return { request: place.request, outcome: outcome === "completed" && !exists ? "refused" : outcome };
}

/** @throws FleetError `device-exists` if anything but this group has registered the device */
async function isRegistered(fleet: Dependencies, group: string, device: string): Promise<boolean> {
  const { state } = await loadFromLog(fleet.log, deviceDecider, "device", device);
  if (state.status !== "registered") return false;
  const by = (await registrationOf(fleet, device))?.by ?? "";
  const request = await loadProvisionRequest(fleet, by.replace(/^provision-requests\//, ""));
  if (request?.enrolmentGroup === group) return true;
  throw new FleetError("device-exists", `device ${device} is registered already`, {
    advice: "Enrol it under another id, or retire the registered device.",
  });
}
