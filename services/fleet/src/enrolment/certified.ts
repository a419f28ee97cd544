import { admitsEnrolment, type EnrolmentGroup, type ProvisionRequest, placeOf } from "@fleetlog/domain";
import type { ShownCertificate } from "@fleetlog/identity";
import type { Fleet } from "../dependencies/fleet.ts";
import { outcomeOf } from "../provisioning/newcomer.ts";
import { enrol } from "./enrol.ts";
import { loadEnrolmentGroup } from "./load.ts";

type Dependencies = Pick<Fleet, "log" | "writer" | "provisioner" | "accounts" | "authorities">;

/** A device that shows a client certificate which the TLS listener has checked. */
export interface PresentedCertificate {
  /** The certificate's common name. */
  readonly device: string;
  readonly certificate: ShownCertificate;
  readonly protocol: string;
  /** `host:port`. */
  readonly address: string;
}

/**
 * Enrols a device by a certificate of a customer's authority. Resolves with its provision request, or with undefined if no
 * enrolment group accepts the certificate.
 * @throws FleetError `enrolment-closed`, `limit-reached`, `device-exists`, `conflict`, `log-unavailable`, `log-full`
 */
export async function enrolCertified(
  fleet: Dependencies,
  { device, certificate, protocol, address }: PresentedCertificate,
  now: number,
): Promise<ProvisionRequest | undefined> {
  const groups = await groupsFor(fleet, device, certificate, now);
  const group =
    groups.find((one) => placeOf(one, device) !== undefined) ??
    groups.find((one) => admitsEnrolment(one, device, now) && one.enrolled < one.quota) ??
    groups.find((one) => admitsEnrolment(one, device, now)) ??
    groups[0];
  if (group === undefined) return undefined;
  return enrol(fleet, group, { device, protocol, address, certificate: certificate.serial }, now);
}

/**
 * Whether the device has to enrol before it may log in with this certificate: its enrolment is not finished, or it may
 * enrol again.
 */
export async function mustEnrol(
  fleet: Dependencies,
  { device, certificate }: Pick<PresentedCertificate, "device" | "certificate">,
  now: number,
): Promise<boolean> {
  for (const group of await groupsFor(fleet, device, certificate, now)) {
    const place = placeOf(group, device);
    if (place === undefined) continue;
    const outcome = await outcomeOf(fleet, place.request);
    if (outcome === "open") return true;
    const mayAgain = place.open === true || (outcome === "completed" && group.reenrolment === "replace");
    if (mayAgain && admitsEnrolment(group, device, now)) return true;
  }
  return false;
}

/** Whether the authority would still let the device in with this certificate. */
export async function isCertifiedFor(
  { authorities }: Pick<Fleet, "authorities">,
  account: string,
  { device, certificate: { authority, serial, until } }: Pick<PresentedCertificate, "device" | "certificate">,
  now: number,
): Promise<boolean> {
  if (authority === undefined || (until !== undefined && now >= until)) return false;
  return authorities.allows(authority, serial, { device, account });
}

/** The groups that accept the certificate, the oldest first. */
async function groupsFor(
  fleet: Dependencies,
  device: string,
  certificate: ShownCertificate,
  now: number,
): Promise<EnrolmentGroup[]> {
  const { authority } = certificate;
  if (authority === undefined) return [];
  const found: EnrolmentGroup[] = [];
  for (const id of await fleet.provisioner.enrolmentAuthorities.groupsOf(authority)) {
    const group = await loadEnrolmentGroup(fleet, id);
    if (group?.proof !== "certificate" || group.ca !== authority) continue;
    if (await isCertifiedFor(fleet, group.account, { device, certificate }, now)) found.push(group);
  }
  return found;
}
