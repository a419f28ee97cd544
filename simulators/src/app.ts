import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "@fleetlog/agent";
import { DEVICE_PATH } from "@fleetlog/protocol";
import type { Settings } from "@fleetlog/protocol/settings";
import { Fleet } from "./fleet/fleet.ts";
import { OperatorApi } from "./fleet/operator-api.ts";
import { planFleet } from "./fleet/plan.ts";
import { Registration } from "./fleet/registration.ts";
import { TokenFile } from "./fleet/token-file.ts";
import { kinds } from "./kinds/index.ts";

export interface App {
  /** Resolves with how many devices there are once they are registered; rejects when stopped before. */
  start(): Promise<number>;
  /** Ends all devices in order. */
  stop(): Promise<void>;
}

export type AppSettings = Pick<Settings, "host" | "httpPort" | "mqttPort" | "fleet" | "adminToken" | "dataDir">;

/** @throws Error if there is no administrator's token to register devices with */
export function createApp({ host, httpPort, mqttPort, fleet, adminToken, dataDir }: AppSettings, logger: Logger): App {
  if (adminToken === undefined) throw new Error("FLEETLOG_ADMIN_TOKEN is needed to register the simulated devices");
  const address = reachable(host);
  const api = new OperatorApi(`http://${address}:${httpPort}`, adminToken);
  const folder = join(dataDir, "simulators");
  const stopping = new AbortController();
  let running: Fleet | undefined;

  return {
    async start() {
      await gatewayReady(api, logger, stopping.signal);
      const tokens = await TokenFile.open(join(folder, "tokens.json"));
      stopping.signal.throwIfAborted();
      running = new Fleet({
        plan: planFleet(fleet, kinds, 1),
        registration: new Registration(api, tokens, logger),
        websocketUrl: `ws://${address}:${httpPort}${DEVICE_PATH}`,
        mqttUrl: `mqtt://${address}:${mqttPort}`,
        folder,
        logger,
        staggerMs: 10,
      });
      return running.start();
    },

    async stop() {
      stopping.abort();
      await running?.stop();
    },
  };
}

async function gatewayReady(api: OperatorApi, logger: Logger, signal: AbortSignal): Promise<void> {
  for (let attempt = 1; !(await api.ready()); attempt++) {
    if (attempt % 40 === 0) logger.info({}, "still waiting for the gateway");
    await delay(250, undefined, { signal });
  }
}

/** What listens on all networks is reached by this machine's own address; IPv6 goes into brackets (RFC 3986, 3.2.2). */
function reachable(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
}
