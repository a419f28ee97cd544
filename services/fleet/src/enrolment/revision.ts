import { createHash } from "node:crypto";
import { type EnrolmentGroup, FleetError } from "@fleetlog/domain";

/** The attributes of a group that a person may change. */
export type Changeable = Pick<EnrolmentGroup, "name" | "quota" | "enabled" | "expiresOn">;

/** The revision of what a person may change: devices that enrol do not change it. */
export function enrolmentRevision({ name, quota, enabled, expiresOn }: Changeable): string {
  return createHash("sha256")
    .update(JSON.stringify([name, quota, enabled, expiresOn ?? null]))
    .digest("base64url")
    .slice(0, 16);
}

/** @param expected default: any revision. @throws FleetError `precondition-failed` */
export function mustBeRevision(expected: readonly string[] | undefined, state: Changeable | undefined): void {
  if (expected === undefined || state === undefined || expected.includes(enrolmentRevision(state))) return;
  throw new FleetError("precondition-failed", "the enrolment group was changed since it was read", {
    field: "If-Match",
    advice: "Read it again, and change it then.",
  });
}
