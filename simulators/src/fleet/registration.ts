import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "@fleetlog/agent";
import { ApiError, type OperatorApi } from "./operator-api.ts";
import type { TokenFile } from "./token-file.ts";

export interface Registrant {
  readonly id: string;
  readonly name: string;
  readonly tags: readonly string[];
}

/** Sees to it that each device is registered and has its token, now and after somebody changed either. */
export class Registration {
  readonly #api: OperatorApi;
  readonly #tokens: TokenFile;
  readonly #logger: Logger;

  constructor(api: OperatorApi, tokens: TokenFile, logger: Logger) {
    this.#api = api;
    this.#tokens = tokens;
    this.#logger = logger;
  }

  /** The token that is known, or a new one. Undefined if an operator has retired the device. */
  async tokenOf(device: Registrant, signal: AbortSignal): Promise<string | undefined> {
    return this.#tokens.get(device.id) ?? (await this.newTokenOf(device, signal));
  }

  /** A token that works, whatever happened to the last one. Undefined if an operator has retired the device. */
  async newTokenOf(device: Registrant, signal: AbortSignal): Promise<string | undefined> {
    for (let attempt = 0; ; attempt++) {
      try {
        const token = await this.#obtain(device);
        if (token !== undefined) await this.#tokens.set(device.id, token);
        return token;
      } catch (error) {
        if (error instanceof ApiError && error.status < 500 && error.status !== 429) throw error;
        this.#logger.warn({ err: error, device: device.id }, "could not register; trying again");
        await delay(Math.min(30_000, 500 * 2 ** attempt) * Math.random(), undefined, { signal });
      }
    }
  }

  async #obtain({ id, name, tags }: Registrant): Promise<string | undefined> {
    const known = await this.#api.device(id);
    // Registering would bring it back, and an operator wanted it gone.
    if (known?.status === "retired") return undefined;
    if (known === undefined) {
      const registered = await this.#api.register({ id, name, tags: [...tags] }).catch(unlessStatus(409));
      if (registered !== undefined) return registered.token;
    }
    return (await this.#api.rotateToken(id).catch(unlessStatus(410)))?.token;
  }
}

function unlessStatus(status: number): (error: unknown) => undefined {
  return (error) => {
    if (error instanceof ApiError && error.status === status) return undefined;
    throw error;
  };
}
