import type { Logger } from "@fleetlog/agent";
import { ApiError, type OperatorApi } from "../../fleet/operator-api.ts";
import { KuraDevice, type KuraScenario } from "./device.ts";

const CONFLICT = 409;
const EVERY_MS = 10_000;
const ACCOUNT = "plant";
const DEVICES: Readonly<Record<string, KuraScenario>> = {
  "kura-hall": { gzip: true, stepMs: 2_000, fetches: true },
  "kura-yard": { emptyWill: true, repliesTwice: true, stepMs: 500 },
};

export interface KuraFleetOptions {
  readonly api: OperatorApi;
  /** Undefined while the port is closed. */
  readonly mqttUrl: string | undefined;
  readonly logger: Logger;
}

/** Two simulated gateways with Kura. One downloads packages, the other only reports downloads. */
export class KuraFleet {
  readonly #options: KuraFleetOptions;
  readonly #devices: KuraDevice[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(options: KuraFleetOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { api, mqttUrl: url, logger } = this.#options;
    if (url === undefined) return;
    const ca = await api.authority();
    for (const [clientId, scenario] of Object.entries(DEVICES)) {
      const login = { account: ACCOUNT, clientId, userName: `${clientId}-user`, password: `${clientId}-password` };
      await this.#register(login);
      const device = new KuraDevice({ url, ...login, scenario, ca });
      this.#devices.push(device);
      await device.start().catch((error: unknown) => {
        logger.info({ device: clientId, reason: String(error) }, "a simulated Kura device could not connect");
      });
    }
    this.#timer = setInterval(() => this.#report(), EVERY_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#devices.map((device) => device.stop()));
  }

  #report(): void {
    const temperature = { double: Math.round((20 + 2 * Math.sin(Date.now() / 60_000)) * 10) / 10 };
    for (const device of this.#devices)
      void device.telemetry("heater/room", { metrics: { temperature, "heater.on": temperature.double < 20 } });
  }

  async #register(login: { account: string; clientId: string; userName: string; password: string }): Promise<void> {
    const { api } = this.#options;
    try {
      await api.register({ dialect: "kura", login, name: `Kura ${login.clientId}`, tags: ["older"] });
    } catch (error) {
      // A conflict means that the device, or another one with its names, is registered already, usually by an earlier
      // start.
      if (!(error instanceof ApiError && error.status === CONFLICT)) throw error;
    }
  }
}
