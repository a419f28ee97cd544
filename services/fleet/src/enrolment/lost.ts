import { EnrolmentSecrets, type LostEntry } from "@fleetlog/identity";
import type { Fleet } from "../dependencies/fleet.ts";
import { acceptCertificates } from "./authority.ts";
import { loadEnrolmentGroup } from "./load.ts";

/** Maximum number of groups that a search reads. An installation hardly ever has more. */
const LOOKED_AT = 1_000;

/** Why a device that enrols by a password is refused, if the store has lost the secret of its group. */
export async function lostEnrolmentSecret(
  fleet: Pick<Fleet, "log" | "provisioner">,
  password: string,
): Promise<LostEntry | undefined> {
  const id = EnrolmentSecrets.groupOf(password);
  const group = id === undefined ? undefined : await loadEnrolmentGroup(fleet, id);
  if (group === undefined || group.ended || group.proof === "certificate") return undefined;
  if (await fleet.provisioner.enrolments.isStored(group.id)) return undefined;
  return {
    id: group.id,
    why: "the enrolment group takes devices, but the store of its secret (KV_provisioning) has lost it; make a new secret for the group, or restore a backup",
  };
}

/**
 * Why a device that enrols by a certificate of a customer's authority is refused, if the store has lost which groups accept
 * it. The entry is restored from the groups' events; alone, it lets nobody in.
 * @param maySearch called before a search of the groups
 * @throws FleetError `view-unavailable` without a projector, `limit-reached`
 */
export async function lostEnrolmentAuthority(
  fleet: Pick<Fleet, "log" | "views" | "provisioner">,
  authority: string,
  maySearch: () => boolean,
): Promise<LostEntry | undefined> {
  if (!maySearch()) return undefined;
  const known = await fleet.provisioner.enrolmentAuthorities.groupsOf(authority);
  const { items } = await fleet.views.query("enrolmentGroups.list", { ended: false, limit: LOOKED_AT });
  const lost = items.filter(({ id, ca }) => ca === authority && !known.includes(id));
  // The list has the newest groups first, the entry the oldest.
  for (const { id } of lost.reverse()) await acceptCertificates(fleet, id, authority);
  const [oldest] = lost;
  return (
    oldest && {
      id: oldest.id,
      why: "the enrolment group takes devices by certificates of its authority, but the store (KV_provisioning) had lost that; it is restored, and the device is let in when it comes again",
    }
  );
}
