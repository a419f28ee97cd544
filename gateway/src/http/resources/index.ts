import { accounts } from "./accounts.ts";
import { apiKeys } from "./api-keys.ts";
import { artifacts } from "./artifacts/index.ts";
import { audit } from "./audit/index.ts";
import { authority } from "./authority.ts";
import { catalogues } from "./catalogues.ts";
import { certificateAuthorities } from "./certificate-authorities.ts";
import { certificates } from "./certificates.ts";
import { channels } from "./channels.ts";
import { claims } from "./claims.ts";
import { commands } from "./commands/index.ts";
import { configuration } from "./configuration.ts";
import { description } from "./description.ts";
import { deviceLogins } from "./device-logins.ts";
import { deviceTypes } from "./device-types.ts";
import { devices } from "./devices/index.ts";
import { email } from "./email.ts";
import { enrolmentGroups } from "./enrolment-groups.ts";
import { events } from "./events/index.ts";
import { groups } from "./groups.ts";
import { health } from "./health.ts";
import { history } from "./history/index.ts";
import { imports } from "./imports/index.ts";
import { openIdConnections } from "./open-id/connections.ts";
import { openId } from "./open-id/index.ts";
import { ownPerson } from "./own-person.ts";
import { passkeys } from "./passkeys.ts";
import { people } from "./people.ts";
import { proof } from "./proof.ts";
import { provisionRequests } from "./provision-requests.ts";
import type { HttpResource } from "./resource.ts";
import { scans } from "./scans.ts";
import { secondFactor } from "./second-factor.ts";
import { sentUpdates } from "./sent-updates.ts";
import { session } from "./session.ts";
import { signUp } from "./sign-up.ts";
import { system } from "./system.ts";
import { tokens } from "./tokens.ts";
import { updates } from "./updates.ts";
import { waiting } from "./waiting.ts";

export type { HttpResource } from "./resource.ts";

/** In the order of the API's description. */
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
