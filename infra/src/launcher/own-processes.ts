import { join } from "node:path";
import { gatewaySettings, hasTls } from "@fleetlog/gateway/settings";
import { HISTORIAN_ENVIRONMENT } from "@fleetlog/history/environment";
import { historianSettings } from "@fleetlog/history/settings";
import type { NatsRole } from "@fleetlog/log";
import { FOLDING_ENVIRONMENT } from "@fleetlog/projections/environment";
import { projectorSettings } from "@fleetlog/projections/settings";
import { reactorsSettings } from "@fleetlog/reactors/settings";
import type { Slice } from "@fleetlog/runtime/node";
import { simulatorSettings } from "@fleetlog/simulators/settings";
import { root } from "../system/root.ts";
import type { LauncherSettings } from "./settings.ts";

/** One of Fleetlog's programs, and how the launcher runs it. */
export interface OwnProcess {
  readonly name: string;
  readonly main: string;
  /** The settings that the program reads. Of the secrets, the process gets only those among them. */
  readonly settings: Slice<object>;
  /** The process's role in NATS; undefined: the process does not use NATS. */
  readonly natsRole?: NatsRole;
  /**
   * Whether the process becomes ready only once the next process has made the log's streams. The launcher starts two
   * such processes together.
   */
  readonly waitsForNext?: true;
  /** Variables for the process's runtime. The operator's values override them. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly describe: (settings: LauncherSettings, details: Readonly<Record<string, unknown>>) => string;
}

/**
 * The processes start in this order, one after another except for `waitsForNext`, and stop in reverse order. Add a new
 * process here.
 */
export const ownProcesses: readonly OwnProcess[] = [
  {
    name: "projector",
    main: join(root, "services/projections/src/main.ts"),
    settings: projectorSettings,
    natsRole: "projector",
    waitsForNext: true,
    environment: FOLDING_ENVIRONMENT,
    describe: () => "builds the views from the log and answers queries",
  },
  {
    name: "gateway",
    main: join(root, "gateway/src/main.ts"),
    settings: gatewaySettings,
    natsRole: "gateway",
    describe: ({ host, httpPort, httpsPort, mqttPort, mqttsPort, tls, tlsCert }, { dialectPorts = {} }) =>
      [
        ...(httpPort === "off" ? [] : [`HTTP and WebSocket on ${host}:${httpPort}`]),
        ...(mqttPort === "off" ? [] : [`MQTT on ${host}:${mqttPort}`]),
        ...Object.entries(dialectPorts as object).map(([dialect, port]) => `${dialect} on ${host}:${port}`),
      ].join(", ") + (hasTls({ tls, tlsCert }) ? `; by TLS on ${host}:${httpsPort} and ${host}:${mqttsPort}` : ""),
  },
  {
    name: "reactors",
    main: join(root, "services/reactors/src/main.ts"),
    settings: reactorsSettings,
    natsRole: "reactors",
    describe: () => "watch deadlines and gateways, and send mails",
  },
  {
    name: "historian",
    main: join(root, "services/history/src/main.ts"),
    settings: historianSettings,
    natsRole: "historian",
    environment: HISTORIAN_ENVIRONMENT,
    describe: ({ host }, { kurrentPort }) =>
      "keeps every version of the views, and answers queries as of any moment" +
      (kurrentPort === undefined ? "" : `; clients of KurrentDB by TLS on ${host}:${kurrentPort}`),
  },
  {
    name: "fleet",
    main: join(root, "simulators/src/main.ts"),
    settings: simulatorSettings,
    describe: (_, { devices, connected }) =>
      connected === devices
        ? `${devices} simulated devices are connected, by WebSocket and MQTT`
        : `${connected} of ${devices} simulated devices are connected; the others will follow`,
  },
];
