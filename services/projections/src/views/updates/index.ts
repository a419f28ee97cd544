import { VIEW_SCHEMAS } from "@fleetlog/protocol";
import { view } from "../view.ts";
import { catalogues, getCatalogue, listCatalogues } from "./catalogues.ts";
import { foundUpdates, heldVersions, listUpdates, threadOfList } from "./list.ts";
import { getScan, listScans, scans } from "./scans.ts";
import { updates as projection } from "./updates.ts";

/** What is available for each device, the scans that found it, and the catalogues that were asked. */
export const updates = view(
  VIEW_SCHEMAS.updates,
  [projection, scans, catalogues],
  {
    "catalogues.list": listCatalogues,
    "catalogues.get": getCatalogue,
    "scans.list": listScans,
    "scans.get": getScan,
    "updates.list": listUpdates,
    "updates.held": heldVersions,
    "updates.found": foundUpdates,
  },
  { "updates.list": threadOfList },
);
