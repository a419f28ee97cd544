import { logSettings } from "@fleetlog/log/settings";
import { dataFolderSettings, NAME, processSettings, type SettingsOf, slice, text } from "@fleetlog/runtime/node";

export const projectorSettings = slice({
  uses: [logSettings, dataFolderSettings, processSettings],
  own: {
    projectorName: text(NAME.pattern, {
      description: "Name of this projector; projectors with the same data folder need different names",
      accepts: NAME.accepts,
      fallback: "projector",
    }),
  },
});
export type ProjectorSettings = SettingsOf<typeof projectorSettings>;
