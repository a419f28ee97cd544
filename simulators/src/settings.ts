import {
  addressSettings,
  adminTokenSettings,
  dataFolderSettings,
  integer,
  type PortOrOff,
  processSettings,
  type SettingsOf,
  slice,
} from "@fleetlog/runtime/node";

export const simulatorSettings = slice({
  uses: [addressSettings, adminTokenSettings, dataFolderSettings, processSettings],
  own: {
    fleet: integer(12, [0, 100_000], "Simulated devices that `npm start` brings along; 0 for none"),
  },
  checks: [devicesCanConnect],
});
export type SimulatorSettings = SettingsOf<typeof simulatorSettings>;

/** Simulated devices use no TLS. */
function devicesCanConnect({
  fleet,
  httpPort,
  mqttPort,
}: {
  readonly fleet: number;
  readonly httpPort: PortOrOff;
  readonly mqttPort: PortOrOff;
}): string | undefined {
  const off = [
    ...(httpPort === "off" ? ["FLEETLOG_HTTP_PORT"] : []),
    ...(mqttPort === "off" ? ["FLEETLOG_MQTT_PORT"] : []),
  ];
  return fleet > 0 && off.length > 0
    ? `${off.join(" and ")} off, but the ${fleet} simulated devices connect without TLS; set FLEETLOG_FLEET=0`
    : undefined;
}
