import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Logger, provision, provisioningSettings } from "@fleetlog/agent";
import { pauseAfter } from "@fleetlog/runtime";
import type { DeviceToRegister, Tokens } from "./registration.ts";
import type { TokenFile } from "./token-file.ts";

const RETRIES = { firstMs: 500, longestMs: 30_000, jitter: "full" } as const;

export interface EnrolmentOptions {
  /** The device's credentials for enrolment, as settings of `fleetlog-agent`. @throws Error for a device without any */
  readonly loginOf: (device: string) => Readonly<Record<string, unknown>>;
  readonly websocketUrl: string;
  readonly mqttUrl: string;
  readonly folder: string;
  readonly tokens: TokenFile;
  readonly logger: Logger;
}

/** Devices that are provisioned as real devices are, with a group's secret, claim codes or provision requests. */
export class Enrolment implements Tokens {
  readonly #options: EnrolmentOptions;

  constructor(options: EnrolmentOptions) {
    this.#options = options;
  }

  async tokenOf(device: DeviceToRegister, signal: AbortSignal): Promise<string | undefined> {
    return this.#options.tokens.get(device.id) ?? (await this.newTokenOf(device, signal));
  }

  async newTokenOf({ id, serial, protocol }: DeviceToRegister, signal: AbortSignal): Promise<string> {
    const { loginOf, websocketUrl, mqttUrl, folder, tokens, logger } = this.#options;
    const login = loginOf(id);
    const settings = provisioningSettings(
      {
        "broker-url": protocol === "mqtt" ? mqttUrl : websocketUrl,
        "ca-authentication": "ca" in login,
        "client-id": id,
        serial: serial ?? id,
        data: join(folder, "enrolment", id),
        ...login,
        "retry-max-attempts": 0,
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
