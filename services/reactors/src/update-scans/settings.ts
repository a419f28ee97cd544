import { installationSettings } from "@fleetlog/fleet/settings";
import { type Setting, slice } from "@fleetlog/runtime/node";
import { networksSetting } from "../outgoing/networks.ts";

const catalogueNetworks = networksSetting(
  "Private networks in which scans may ask catalogues, also without TLS; public addresses are always allowed, with TLS",
);

const catalogueFolder: Setting<string | undefined> = {
  description: "Folder of the catalogues that are files",
  accepts: "a path",
  fallback: undefined,
  defaultText: "none: catalogues can't be files",
  read: (text) => text,
};

export const scanSettings = slice({ uses: [installationSettings], own: { catalogueNetworks, catalogueFolder } });
