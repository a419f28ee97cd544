import type { ViewName } from "@fleetlog/protocol";
import { accounts } from "./accounts/index.ts";
import { artifacts } from "./artifacts/index.ts";
import { acts, refusals, signIns } from "./audit/index.ts";
import { channels } from "./channels/index.ts";
import { claimCodes } from "./claim-codes/index.ts";
import { commands } from "./commands/index.ts";
import { configuration } from "./configuration/index.ts";
import { deliveries } from "./deliveries/index.ts";
import { deviceTypes } from "./device-types/index.ts";
import { devices } from "./devices/index.ts";
import { enrolmentGroups } from "./enrolment-groups/index.ts";
import { gateways } from "./gateways/index.ts";
import { groups } from "./groups/index.ts";
import { people } from "./people/index.ts";
import { provisionRequests } from "./provision-requests/index.ts";
import { updates } from "./updates/index.ts";
import { projectionsOf, streamOfView, type View } from "./view.ts";

/** Every view also needs a file and a line in @fleetlog/protocol. */
const views: Readonly<Record<ViewName, View>> = {
  devices,
  commands,
  gateways,
  accounts,
  deviceTypes,
  groups,
  configuration,
  artifacts,
  people,
  provisionRequests,
  enrolmentGroups,
  claimCodes,
  acts,
  refusals,
  signIns,
  channels,
  deliveries,
  updates,
};

export const VIEWS: readonly View[] = Object.values(views);
export const FLEET_VIEWS: readonly View[] = VIEWS.filter((view) => streamOfView(view) === "FLEET");
export const FLEET_PROJECTIONS = projectionsOf(FLEET_VIEWS);
