import {
  ARTIFACT_NAME_ACCEPTS,
  ARTIFACT_NAME_PATTERN,
  ARTIFACT_VERSION_ACCEPTS,
  ARTIFACT_VERSION_PATTERN,
  type ArtifactId,
  artifactUnknown,
  FleetError,
  type Principal,
  type Scope,
} from "@fleetlog/domain";
import { ownAccount } from "../accounts/owner.ts";

const name = new RegExp(ARTIFACT_NAME_PATTERN);
const version = new RegExp(ARTIFACT_VERSION_PATTERN);

export interface ArtifactName {
  readonly name: string;
  readonly version: string;
  readonly account?: string | undefined;
}

/** @throws FleetError `invalid-request` naming the field */
export function checkArtifactName(given: ArtifactName): void {
  if (!name.test(given.name)) throw refusal("name", ARTIFACT_NAME_ACCEPTS);
  if (!version.test(given.version)) throw refusal("version", ARTIFACT_VERSION_ACCEPTS);
}

/**
 * The id of a version, by default in the caller's account. Callers who are limited to tags can't use artifacts, which
 * have no tags.
 * @throws FleetError `artifact-unknown` also for an account outside the scope
 */
export function artifactIdFor(given: ArtifactName, principal: Principal, { accounts, tags }: Scope): ArtifactId {
  const account = given.account ?? ownAccount(principal);
  // Names of another form may be too long for the log's subjects.
  if (!name.test(given.name) || !version.test(given.version)) throw artifactUnknown();
  if (tags !== undefined || (accounts !== undefined && !accounts.includes(account))) throw artifactUnknown();
  return { account, name: given.name, version: given.version };
}

/** The person or device that a signed link is for. */
export function subjectOfPrincipal(principal: Principal): string {
  switch (principal.kind) {
    case "person":
      return `people/${principal.id}`;
    case "device":
      return `devices/${principal.id}`;
    default:
      throw new FleetError("forbidden", "a link is for a person or a device");
  }
}

function refusal(field: string, accepts: string): FleetError {
  return new FleetError("invalid-request", `${field} must be ${accepts}`, { field });
}
