import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "@fleetlog/agent";
import { DEVICE_PATH } from "@fleetlog/protocol";
import { SettingsError } from "@fleetlog/runtime/node";
import { Enrolment } from "./fleet/enrolment.ts";
import { Fleet } from "./fleet/fleet.ts";
import { enrolsItself, type FleetLogins, fleetLogins } from "./fleet/logins.ts";
import { OperatorApi } from "./fleet/operator-api.ts";
import { planFleet } from "./fleet/plan.ts";
import { Registration } from "./fleet/registration.ts";
import { TokenFile } from "./fleet/token-file.ts";
import { kinds } from "./kinds/index.ts";
import { OlderFleet } from "./older/fleet.ts";
import type { SimulatorSettings } from "./settings.ts";

/** State of a fleet after its start. */
export interface Started {
  /** Number of devices, without those that an operator has retired. */
  readonly devices: number;
  readonly connected: number;
}

const CONNECTED_WITHIN_MS = 15_000;

export interface App {
  /**
   * Resolves when all devices are connected, after 15 s at the latest. Rejects if `stop` is called before.
   *
   * @param onProgress called with a text every two seconds
   */
  start(onProgress?: (text: string) => void): Promise<Started>;
  stop(): Promise<void>;
}

export type AppSettings = Pick<
  SimulatorSettings,
  "host" | "httpPort" | "mqttPort" | "fleet" | "adminToken" | "dataDir"
> &
  Partial<FleetLogins & Pick<SimulatorSettings, "edgebindPort" | "libpyiotcloudPort" | "tpedmPort" | "fleetOlder">>;

/** @throws SettingsError if the devices must be registered and there is no administrator's token */
export function createApp(settings: AppSettings, logger: Logger): App {
  const { host, httpPort, mqttPort, fleet, adminToken = "", dataDir } = settings;
  const enrols = enrolsItself(settings);
  if (adminToken === "" && !enrols)
    throw new SettingsError(["FLEETLOG_ADMIN_TOKEN is needed to register the simulated devices"]);
  const address = reachable(host);
  const api = new OperatorApi(`http://${address}:${httpPort}`, adminToken);
  const folder = join(dataDir, "simulators");
  const stopping = new AbortController();
  let running: Fleet | undefined;
  let older: OlderFleet | undefined;

  return {
    async start(onProgress = () => {}) {
      await gatewayReady(api, logger, stopping.signal);
      const tokens = await TokenFile.open(join(folder, "tokens.json"));
      stopping.signal.throwIfAborted();
      const plan = planFleet(fleet, kinds, 1);
      const urls = {
        websocketUrl: `ws://${address}:${httpPort}${DEVICE_PATH}`,
        mqttUrl: `mqtt://${address}:${mqttPort}`,
      };
      const loginOf = enrols ? await fleetLogins(settings, plan) : undefined;
      running = new Fleet({
        plan,
        registration:
          loginOf === undefined
            ? new Registration(api, tokens, logger)
            : new Enrolment({ ...urls, loginOf, folder, tokens, logger }),
        ...urls,
        folder,
        logger,
        staggerMs: 10,
      });
      if (settings.fleetOlder === "on") {
        const { edgebindPort, libpyiotcloudPort, tpedmPort } = settings;
        const edgebindUrl = edgebindPort === undefined ? undefined : `ws://${address}:${edgebindPort}`;
        const tpedmUrl = tpedmPort === undefined ? undefined : `http://${address}:${tpedmPort}`;
        const mqttUrl = mqttPort === "off" ? undefined : urls.mqttUrl;
        older = new OlderFleet({
          api,
          host: address,
          edgebindUrl,
          mqttUrl,
          libpyiotcloudPort,
          tpedmUrl,
          folder,
          logger,
        });
        await older.start();
      }
      const devices = await running.start((registered) =>
        onProgress(`${registered} of ${fleet} devices are registered`),
      );
      const connected = await running.waitConnected(CONNECTED_WITHIN_MS, (count) =>
        onProgress(`${count} of ${devices} devices are connected`),
      );
      return { devices, connected };
    },

    async stop() {
      stopping.abort();
      await Promise.all([running?.stop(), older?.stop()]);
    },
  };
}

async function gatewayReady(api: OperatorApi, logger: Logger, signal: AbortSignal): Promise<void> {
  for (let attempt = 1; !(await api.ready()); attempt++) {
    if (attempt % 40 === 0) logger.info({}, "still waiting for the gateway");
    await delay(250, undefined, { signal });
  }
}

/** A wildcard address becomes loopback; IPv6 gets brackets (RFC 3986, 3.2.2). */
function reachable(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
}
