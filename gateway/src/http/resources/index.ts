import { accounts } from "./accounts/index.ts";
import { artifacts } from "./artifacts/index.ts";
import { audit } from "./audit/index.ts";
import { authority } from "./certificates/authority.ts";
import { certificateAuthorities } from "./certificates/certificate-authorities.ts";
import { certificates } from "./certificates/certificates.ts";
import { channels } from "./channels/index.ts";
import { commands } from "./commands/index.ts";
import { configuration } from "./configuration/configuration.ts";
import { deviceTypes } from "./configuration/device-types.ts";
import { groups } from "./configuration/groups.ts";
import { devices } from "./devices/index.ts";
import { deviceLogins } from "./devices/logins.ts";
import { events } from "./events/index.ts";
import { history } from "./history/index.ts";
import { imports } from "./imports/index.ts";
import { claims } from "./onboarding/claims.ts";
import { enrolmentGroups } from "./onboarding/enrolment-groups.ts";
import { provisionRequests } from "./onboarding/provision-requests.ts";
import { waiting } from "./onboarding/waiting.ts";
import { apiKeys } from "./people/api-keys.ts";
import { email } from "./people/email.ts";
import { ownPerson } from "./people/own-person.ts";
import { people } from "./people/people.ts";
import { signUp } from "./people/sign-up.ts";
import type { HttpResource } from "./resource.ts";
import { openIdConnections } from "./sign-in/open-id/connections.ts";
import { openId } from "./sign-in/open-id/index.ts";
import { passkeys } from "./sign-in/passkeys.ts";
import { proof } from "./sign-in/proof.ts";
import { secondFactor } from "./sign-in/second-factor.ts";
import { session } from "./sign-in/session.ts";
import { tokens } from "./sign-in/tokens.ts";
import { description } from "./system/description.ts";
import { health } from "./system/health.ts";
import { system } from "./system/system.ts";
import { catalogues } from "./updates/catalogues.ts";
import { scans } from "./updates/scans.ts";
import { sentUpdates } from "./updates/sent-updates.ts";
import { updates } from "./updates/updates.ts";

export type { HttpResource } from "./resource.ts";

/** All resources, in the order of the API's description. */
export const RESOURCES: readonly HttpResource[] = [
  devices,
  deviceLogins,
  configuration,
  certificates,
  authority,
  certificateAuthorities,
  commands,
  events,
  accounts,
  deviceTypes,
  groups,
  channels,
  catalogues,
  scans,
  updates,
  sentUpdates,
  artifacts,
  provisionRequests,
  enrolmentGroups,
  claims,
  waiting,
  people,
  imports,
  audit,
  ...history,
  signUp,
  tokens,
  apiKeys,
  system,
  session,
  ownPerson,
  email,
  proof,
  secondFactor,
  passkeys,
  openId,
  openIdConnections,
  health,
  description,
];
