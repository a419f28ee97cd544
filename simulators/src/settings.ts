import {
  addressSettings,
  adminTokenSettings,
  dataFolderSettings,
  integer,
  processSettings,
  type SettingsOf,
  slice,
} from "@fleetlog/runtime/node";

export const simulatorSettings = slice({
  uses: [addressSettings, adminTokenSettings, dataFolderSettings, processSettings],
  own: {
    fleet: integer(12, [0, 100_000], "Simulated devices that `npm start` brings along; 0 for none"),
  },
});
export type SimulatorSettings = SettingsOf<typeof simulatorSettings>;
