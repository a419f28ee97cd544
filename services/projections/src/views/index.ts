import type { ViewName } from "@fleetlog/protocol";
import { commands } from "./commands/index.ts";
import { devices } from "./devices/index.ts";
import { gateways } from "./gateways/index.ts";
import type { View } from "./view.ts";

/** Every view that a projector keeps. A new one is a folder and a line here, and a file and a line in @fleetlog/protocol. */
const views: Readonly<Record<ViewName, View>> = { devices, commands, gateways };

export const VIEWS: readonly View[] = Object.values(views);
export const PROJECTIONS = VIEWS.flatMap(({ projections }) => projections);
