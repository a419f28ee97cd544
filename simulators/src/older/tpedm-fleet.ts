import { randomBytes } from "node:crypto";
import type { Logger } from "@fleetlog/agent";
import { ApiError, type OperatorApi } from "../fleet/operator-api.ts";
import { TPEDM_SCENARIOS, TpedmGateway } from "./tpedm.ts";
import { TpedmProgram } from "./tpedm-program.ts";

const clientIdOf = (scenario: string) => `tpedm-${scenario}`;

export interface TpedmFleetOptions {
  readonly api: OperatorApi;
  /** Undefined while the port is closed. */
  readonly mqttUrl: string | undefined;
  /** URL of the web API; undefined while its port is closed. */
  readonly tpedmUrl: string | undefined;
  /** Where the program's API key is kept. */
  readonly folder: string;
  readonly logger: Logger;
}

/** One simulated gateway of ThingsPro Edge for each scenario, and a program that uses the web API. */
export class TpedmFleet {
  readonly #api: OperatorApi;
  readonly #url: string | undefined;
  readonly #gateways: TpedmGateway[] = [];
  readonly #program: TpedmProgram;

  constructor(options: TpedmFleetOptions) {
    this.#api = options.api;
    this.#url = options.mqttUrl;
    this.#program = new TpedmProgram({ ...options, url: options.tpedmUrl, clientId: clientIdOf("usual") });
  }

  async start(): Promise<void> {
    const url = this.#url;
    if (url === undefined) return;
    for (const [name, scenario] of Object.entries(TPEDM_SCENARIOS)) {
      const clientId = clientIdOf(name);
      const userName = "simulated";
      const password = randomBytes(16).toString("base64url");
      if (!(await this.#register(clientId, userName, password))) continue;
      const gateway = new TpedmGateway({ url, clientId, userName, password, scenario });
      this.#gateways.push(gateway);
      await gateway.start();
    }
    this.#program.start();
  }

  async stop(): Promise<void> {
    await Promise.all([this.#program, ...this.#gateways].map((part) => part.stop()));
  }

  /**
   * Registers a gateway, or sets this start's password for a registered gateway. False if an operator has retired it, or
   * if another device or a provision request has its client id.
   */
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
      if (error instanceof ApiError && error.status === 409) return false;
      throw error;
    }
  }
}
