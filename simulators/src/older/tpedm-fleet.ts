import { randomBytes } from "node:crypto";
import { ApiError, type OperatorApi } from "../fleet/operator-api.ts";
import { TPEDM_SCENARIOS, TpedmGateway } from "./tpedm.ts";

/** One simulated gateway of ThingsPro Edge for each scenario. */
export class TpedmFleet {
  readonly #api: OperatorApi;
  readonly #url: string | undefined;
  readonly #gateways: TpedmGateway[] = [];

  /** @param url undefined: the MQTT port is closed */
  constructor(api: OperatorApi, url: string | undefined) {
    this.#api = api;
    this.#url = url;
  }

  async start(): Promise<void> {
    const url = this.#url;
    if (url === undefined) return;
    for (const [name, scenario] of Object.entries(TPEDM_SCENARIOS)) {
      const clientId = `tpedm-${name}`;
      const userName = "simulated";
      const password = randomBytes(16).toString("base64url");
      if (!(await this.#register(clientId, userName, password))) continue;
      const gateway = new TpedmGateway({ url, clientId, userName, password, scenario });
      this.#gateways.push(gateway);
      await gateway.start();
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#gateways.map((gateway) => gateway.stop()));
  }

  /** With a new password at each start. False: an operator has retired it. */
  async #register(clientId: string, userName: string, password: string): Promise<boolean> {
    const login = { clientId, userName, password };
    const known = await this.#api.device(clientId);
    if (known?.status === "retired") return false;
    if (known !== undefined) {
      await this.#api.changeLogin(clientId, { login });
      return true;
    }
    try {
      await this.#api.register({
        dialect: "tpedm",
        login,
        name: `ThingsPro Edge, ${clientId.slice(6)}`,
        tags: ["older"],
      });
      return true;
    } catch (error) {
      // Retired devices are in no list.
      if (error instanceof ApiError && error.status === 409) return false;
      throw error;
    }
  }
}
