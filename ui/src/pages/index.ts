import type { Page } from "../components/basic/page.ts";
import { accountsPage } from "./accounts/page.ts";
import { apiKeysPage } from "./api-keys/page.ts";
import { artifactsPage } from "./artifacts/page.ts";
import { auditPage } from "./audit/page.ts";
import { cataloguesPage } from "./catalogues/page.ts";
import { certificateAuthoritiesPage } from "./certificate-authorities/page.ts";
import { chainPage } from "./chain/page.ts";
import { changesPage } from "./changes/page.ts";
import { channelsPage } from "./channels/page.ts";
import { claimPage } from "./claim/page.ts";
import { claimCodesPage } from "./claim-codes/page.ts";
import { commandPage } from "./command/page.ts";
import { commandsPage } from "./commands/page.ts";
import { devicePage } from "./device/page.ts";
import { deviceTypesPage } from "./device-types/page.ts";
import { enrolmentGroupPage } from "./enrolment-group/page.ts";
import { enrolmentGroupsPage } from "./enrolment-groups/page.ts";
import { exportsPage } from "./exports/page.ts";
import { fleetPage } from "./fleet/page.ts";
import { gatewaysPage } from "./gateways/page.ts";
import { groupsPage } from "./groups/page.ts";
import { importsPage } from "./imports/page.ts";
import { peoplePage } from "./people/page.ts";
import { profilePage } from "./profile/page.ts";
import { provisionRequestPage } from "./provision-request/page.ts";
import { provisionRequestsPage } from "./provision-requests/page.ts";
import { registerPage } from "./register/page.ts";
import { scansPage } from "./scans/page.ts";
import { sqlPage } from "./sql/page.ts";
import { trialsPage } from "./trials/page.ts";
import { updatesPage } from "./updates/page.ts";
import { waitingPage } from "./waiting/page.ts";

/** All pages, in the order of the navigation. */
export const pages: readonly Page[] = [
  fleetPage,
  devicePage,
  commandsPage,
  commandPage,
  changesPage,
  chainPage,
  deviceTypesPage,
  groupsPage,
  channelsPage,
  updatesPage,
  cataloguesPage,
  scansPage,
  artifactsPage,
  gatewaysPage,
  registerPage,
  provisionRequestsPage,
  provisionRequestPage,
  enrolmentGroupsPage,
  enrolmentGroupPage,
  claimCodesPage,
  claimPage,
  waitingPage,
  importsPage,
  peoplePage,
  accountsPage,
  trialsPage,
  sqlPage,
  exportsPage,
  auditPage,
  profilePage,
  apiKeysPage,
  certificateAuthoritiesPage,
];
