import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "@fleetlog/agent";
import { pauseAfter } from "@fleetlog/runtime";
import { ApiError, type OperatorApi } from "./operator-api.ts";
import type { TokenFile } from "./token-file.ts";

const RETRIES = { firstMs: 500, longestMs: 30_000, jitter: "full" } as const;

export interface DeviceToRegister {
  readonly id: string;
  readonly name: string;
  readonly tags: readonly string[];
  readonly serial?: string;
  readonly protocol?: "websocket" | "mqtt";
}

/** Where devices get their tokens. Both methods resolve with undefined for a device that an operator has retired. */
export interface Tokens {
  tokenOf(device: DeviceToRegister, signal: AbortSignal): Promise<string | undefined>;
  newTokenOf(device: DeviceToRegister, signal: AbortSignal): Promise<string | undefined>;
}

export class Registration implements Tokens {
  readonly #api: OperatorApi;
  readonly #tokens: TokenFile;
  readonly #logger: Logger;

  constructor(api: OperatorApi, tokens: TokenFile, logger: Logger) {
    this.#api = api;
    this.#tokens = tokens;
    this.#logger = logger;
  }

  /** Undefined if an operator has retired the device. */
  async tokenOf(device: DeviceToRegister, signal: AbortSignal): Promise<string | undefined> {
    return this.#tokens.get(device.id) ?? (await this.newTokenOf(device, signal));
  }

  async newTokenOf(device: DeviceToRegister, signal: AbortSignal): Promise<string | undefined> {
    for (let failures = 1; ; failures++) {
      try {
        const token = await this.#obtain(device);
        if (token !== undefined) await this.#tokens.set(device.id, token);
        return token;
      } catch (error) {
        if (error instanceof ApiError && error.status < 500 && error.status !== 429) throw error;
        this.#logger.warn({ err: error, device: device.id }, "could not register the device; trying again");
        await delay(pauseAfter(failures, RETRIES), undefined, { signal });
      }
    }
  }

  async #obtain({ id, name, tags }: DeviceToRegister): Promise<string | undefined> {
    const known = await this.#api.device(id);
    // Registering would reactivate a device that an operator has retired.
    if (known?.status === "retired") return undefined;
    if (known === undefined) {
      const registered = await this.#api.register({ id, name, tags: [...tags] }).catch(undefinedForStatus(409));
      if (registered !== undefined) return registered.token;
    }
    return (await this.#api.rotateToken(id).catch(undefinedForStatus(410)))?.token;
  }
}

function undefinedForStatus(status: number): (error: unknown) => undefined {
  return (error) => {
    if (error instanceof ApiError && error.status === status) return undefined;
    throw error;
  };
}
