import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "@fleetlog/agent";
import type { OperatorApi } from "../fleet/operator-api.ts";
import { EdgebindProgram } from "./edgebind.ts";
import { KuraFleet } from "./kura/fleet.ts";
import { LibpyiotcloudFleet } from "./libpyiotcloud-fleet.ts";
import { TpedmFleet } from "./tpedm-fleet.ts";

const ID = "edgebind-gate";
const TRIES = 50;
const EVERY_MS = 100;

export interface OlderFleetOptions {
  readonly api: OperatorApi;
  readonly host: string;
  /** Undefined while the port is closed. */
  readonly edgebindUrl: string | undefined;
  readonly mqttUrl: string | undefined;
  /** Undefined while the port is closed. */
  readonly libpyiotcloudPort: number | undefined;
  /** URL of TPEDM's web API; undefined while its port is closed. */
  readonly tpedmUrl: string | undefined;
  /** Where keys are kept. */
  readonly folder: string;
  readonly logger: Logger;
}

/** Devices of the older systems. All programs of Edgebind come from one address. */
export class OlderFleet {
  readonly #options: OlderFleetOptions;
  readonly #programs: EdgebindProgram[] = [];
  readonly #kura: KuraFleet;
  readonly #tpedm: TpedmFleet;
  readonly #libpyiotcloud: LibpyiotcloudFleet;

  constructor(options: OlderFleetOptions) {
    this.#options = options;
    this.#kura = new KuraFleet(options);
    this.#tpedm = new TpedmFleet({ ...options, folder: join(options.folder, "tpedm") });
    this.#libpyiotcloud = new LibpyiotcloudFleet({ ...options, folder: join(options.folder, "libpyiotcloud") });
  }

  async start(): Promise<void> {
    await this.#kura.start();
    await this.#tpedm.start();
    await this.#libpyiotcloud.start();
    await this.#startEdgebind();
  }

  /** Lets the first program of Edgebind in. The second program waits, so that a person can let it in on the pages. */
  async #startEdgebind(): Promise<void> {
    const { edgebindUrl: url } = this.#options;
    if (url === undefined) return;
    const first = this.#program(url, "reboots");
    await first.start();
    await this.#letIn();
    await this.#program(url, "stays").start();
  }

  async stop(): Promise<void> {
    const parts = [this.#kura, this.#tpedm, this.#libpyiotcloud, ...this.#programs];
    await Promise.all(parts.map((part) => part.stop()));
  }

  #program(url: string, scenario: "reboots" | "stays"): EdgebindProgram {
    const { logger } = this.#options;
    const events = scenario === "reboots" ? ["reboot"] : ["blink"];
    const program = new EdgebindProgram({
      url,
      scenario,
      events,
      onEvent: (event) => logger.info({ event }, "an Edgebind program got an event"),
    });
    this.#programs.push(program);
    return program;
  }

  async #letIn(): Promise<void> {
    const { api, logger } = this.#options;
    for (let tries = 0; tries < TRIES; tries++) {
      const [client] = await api.waiting();
      if (client !== undefined) {
        await api.admit(client.id, { id: ID, name: "Gate of the older system", tags: ["older"] });
        return;
      }
      await delay(EVERY_MS);
    }
    logger.info({ device: ID }, "no client waits, because the device is known by its address");
  }
}
