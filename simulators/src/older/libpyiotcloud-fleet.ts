import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Logger } from "@fleetlog/agent";
import { ApiError, type OperatorApi } from "../fleet/operator-api.ts";
import { LibpyiotcloudDevice, type LibpyiotcloudOptions } from "./libpyiotcloud.ts";
import { LibpyiotcloudProgram } from "./libpyiotcloud-program.ts";
import { readOrMake } from "./read-or-make.ts";

const TAGS = ["older"];
const DEVICES = [
  { name: "Board of libpyiotcloud, Node.js", program: "node", scenario: "answers" },
  { name: "Board of libpyiotcloud, Python", program: "python", scenario: "answers" },
  { name: "Board of libpyiotcloud, slow", program: "python", scenario: "slow" },
] as const;

type Credential = Pick<LibpyiotcloudOptions, "ca" | "certificate" | "key">;

export interface LibpyiotcloudFleetOptions {
  readonly api: OperatorApi;
  readonly host: string;
  /** Port of the REST API for programs; undefined while it is closed. */
  readonly libpyiotcloudPort: number | undefined;
  /** Where their keys are kept. */
  readonly folder: string;
  readonly logger: Logger;
}

/**
 * Devices of libpyiotcloud, registered at the first start and known by their certificates afterwards, and a program of
 * a person.
 */
export class LibpyiotcloudFleet {
  readonly #options: LibpyiotcloudFleetOptions;
  readonly #devices: LibpyiotcloudDevice[] = [];
  readonly #program: LibpyiotcloudProgram;

  constructor(options: LibpyiotcloudFleetOptions) {
    this.#options = options;
    const { libpyiotcloudPort: port } = options;
    this.#program = new LibpyiotcloudProgram({ ...options, port, deviceName: DEVICES[0].name });
  }

  async start(): Promise<void> {
    const { api, host, logger } = this.#options;
    const port = await api.mqttsPort();
    if (port === undefined) {
      logger.info({}, "no device of libpyiotcloud is simulated, because MQTT over TLS is off");
      return;
    }
    for (const { name, program, scenario } of DEVICES) {
      const id = createHash("sha1").update(name).digest("hex");
      const credential = await this.#credentialOf(id, name);
      const device = new LibpyiotcloudDevice({ url: `mqtts://${host}:${port}`, id, ...credential, program, scenario });
      this.#devices.push(device);
      void device.start();
    }
    this.#program.start();
  }

  async stop(): Promise<void> {
    await Promise.all([this.#program, ...this.#devices].map((part) => part.stop()));
  }

  #credentialOf(id: string, name: string): Promise<Credential> {
    return readOrMake(join(this.#options.folder, `${id}.json`), async () => {
      const { ca, certificate, key = "" } = await this.#newCertificate(id, name);
      return { ca, certificate, key };
    });
  }

  async #newCertificate(id: string, name: string) {
    const { api } = this.#options;
    try {
      const registered = await api.register({ id, name, tags: TAGS, dialect: "libpyiotcloud" });
      if (registered.certificate !== undefined) return registered.certificate;
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 409)) throw error;
    }
    return api.issueCertificate(id);
  }
}
