import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Logger, provision, provisioningSettings } from "@fleetlog/agent";
import { pauseAfter } from "@fleetlog/runtime";
import type { DeviceToRegister, Tokens } from "./registration.ts";
import type { TokenFile } from "./token-file.ts";

const RETRIES = { firstMs: 500, longestMs: 30_000, jitter: "full" } as const;

export interface EnrolmentOptions {
  /** The secret of an enrolment group. */
  readonly secret: string | undefined;
  /** Claim codes by device id. They are used if there is no secret. */
  readonly codes: ReadonlyMap<string, string>;
  readonly websocketUrl: string;
  readonly mqttUrl: string;
  readonly folder: string;
  readonly tokens: TokenFile;
  readonly logger: Logger;
}

/** Devices that enrol by themselves, by a group's secret or by claim codes, as real devices do. */
export class Enrolment implements Tokens {
  readonly #options: EnrolmentOptions;

  constructor(options: EnrolmentOptions) {
    this.#options = options;
  }

  async tokenOf(device: DeviceToRegister, signal: AbortSignal): Promise<string | undefined> {
    return this.#options.tokens.get(device.id) ?? (await this.newTokenOf(device, signal));
  }

  async newTokenOf({ id, serial, protocol }: DeviceToRegister, signal: AbortSignal): Promise<string> {
    const { secret, codes, websocketUrl, mqttUrl, folder, tokens, logger } = this.#options;
    const code = codes.get(id);
    const data = join(folder, "enrolment", id);
    const login = secret === undefined ? { "claim-code": code } : { "enrolment-secret": secret };
    const settings = provisioningSettings(
      {
        ...login,
        "broker-url": protocol === "mqtt" ? mqttUrl : websocketUrl,
        "ca-authentication": false,
        "client-id": id,
        serial: serial ?? id,
        "retry-max-attempts": 0,
        data,
      },
      folder,
    );
    for (let failures = 1; ; failures++) {
      try {
        const { token } = await provision({ settings, onProvisioned() {}, signal });
        if (token === undefined) throw new Error("the platform gave no token");
        await tokens.set(id, token);
        return token;
      } catch (error) {
        signal.throwIfAborted();
        logger.warn({ err: error, device: id }, "could not enrol; trying again");
        await delay(pauseAfter(failures, RETRIES), undefined, { signal });
      }
    }
  }
}
