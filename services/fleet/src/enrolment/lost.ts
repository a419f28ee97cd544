import { EnrolmentSecrets, type LostEntry } from "@fleetlog/identity";
import type { Fleet } from "../fleet.ts";
import { loadEnrolmentGroup } from "./load.ts";

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
