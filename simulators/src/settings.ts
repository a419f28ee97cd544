import {
  addressSettings,
  adminTokenSettings,
  choice,
  dataFolderSettings,
  dialectPortSettings,
  integer,
  optionalPath,
  optionalText,
  type PortOrOff,
  processSettings,
  type SettingsOf,
  slice,
} from "@fleetlog/runtime/node";

export const simulatorSettings = slice({
  uses: [addressSettings, dialectPortSettings, adminTokenSettings, dataFolderSettings, processSettings],
  own: {
    fleet: integer(12, [0, 100_000], "Number of simulated devices that `npm start` starts; 0 for none"),
    fleetEnrolmentSecret: optionalText(/^[0-9a-f-]{36}\.[A-Za-z0-9_-]{43}$/, {
      description: "Simulated devices enrol by the secret of this enrolment group, instead of being registered",
      accepts: "the secret of an enrolment group",
      secret: true,
    }),
    fleetOlder: choice(["off", "on"], "off", "`on`: simulated devices of older systems, on the ports that are open"),
    fleetProvisioning: optionalPath(
      "File with a JSON list that has the settings of fleetlog-agent for each simulated device, client-id included; the devices get their credentials by provision requests",
    ),
    fleetClaimCodes: optionalPath(
      "File with claim codes, one a line: each simulated device shows one of them and waits to be claimed",
    ),
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
