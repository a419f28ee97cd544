import { AUTHORITY_ID_PATTERN, FleetError, invalid } from "@fleetlog/domain";
import { readAuthority } from "@fleetlog/identity";
import type { Fleet } from "../dependencies/fleet.ts";
import { loadEnrolmentGroup } from "./load.ts";

const ID = new RegExp(AUTHORITY_ID_PATTERN);

/**
 * The id of the authority whose certificates enrol devices.
 * @param ca its id, or its certificate in PEM
 * @throws FleetError `authority-unknown` if the account has no such authority; `invalid-request` for one that is
 * limited to a group: a device that enrols is not registered yet, and so is in no group
 */
export async function authorityFor(
  { authorities }: Pick<Fleet, "authorities">,
  account: string,
  ca: string,
  now: number,
): Promise<string> {
  const id = ca.startsWith("-----BEGIN") ? readAuthority(ca, now, "ca").id : ca;
  const found = ID.test(id) ? await authorities.find(id) : undefined;
  if (found === undefined || found.account !== account) {
    throw new FleetError("authority-unknown", "the account has no such certificate authority", {
      field: "ca",
      advice: "Add it first: POST /api/certificate-authorities.",
    });
  }
  if (found.group === undefined) return id;
  throw invalid(
    "ca",
    `this authority is only for devices in the group ${found.group}, and a new device is in no group`,
  );
}

/** Lets the certificates of the authority enrol devices in the group. @throws FleetError `limit-reached` */
export async function acceptCertificates(
  fleet: Pick<Fleet, "log" | "provisioner">,
  group: string,
  authority: string,
): Promise<void> {
  const hasEnded = async (id: string) => (await loadEnrolmentGroup(fleet, id))?.ended === true;
  await fleet.provisioner.enrolmentAuthorities.add(authority, group, hasEnded);
}
