import { installationSettings } from "@fleetlog/identity/settings";
import { logSettings } from "@fleetlog/log/settings";
import { dataFolderSettings, NAME, processSettings, type SettingsOf, size, slice, text } from "@fleetlog/runtime/node";
import { kurrentSettings } from "./kurrent/settings.ts";

export const historianSettings = slice({
  uses: [installationSettings, logSettings, dataFolderSettings, processSettings, kurrentSettings],
  own: {
    historianName: text(NAME.pattern, {
      description: "Name of this historian, unlike every other's on the same data folder",
      accepts: NAME.accepts,
      fallback: "historian",
    }),
    historyMemory: size(
      "400MiB",
      ["100MiB", "64GiB"],
      "Memory of the historian's database; larger work uses its folder",
    ),
  },
});
export type HistorianSettings = SettingsOf<typeof historianSettings>;
