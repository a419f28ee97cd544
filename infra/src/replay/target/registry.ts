import type { ChangeDeviceBody, RegisterDeviceBody, RegisteredDevice } from "@fleetlog/protocol";
import type { TokenFile } from "@fleetlog/simulators";
import { ApiError, type Client } from "../../import-from/server/client.ts";
import type { Registered } from "../plan/actions.ts";

export interface RegistryOptions {
  readonly client: Pick<Client, "post" | "patch">;
  readonly tokens: Pick<TokenFile, "get" | "set">;
  /** Whether existing devices with unknown tokens get new tokens. */
  readonly replaceTokens: boolean;
}

/** HTTP statuses of errors that concern one device. Any other error stops the replay. */
const OF_A_DEVICE: ReadonlySet<number> = new Set([400, 404, 409, 410, 413, 422]);

/** Why a device can't be used at the target. */
export class DeviceRefused extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** The devices at the target, by their ids there. */
export class Registry {
  readonly #options: RegistryOptions;

  constructor(options: RegistryOptions) {
    this.#options = options;
  }

  knows(id: string): boolean {
    return this.#options.tokens.get(id) !== undefined;
  }

  /**
   * @returns the device's token, and whether the device is new at the target
   * @throws DeviceRefused; Error if no other device can be registered either
   */
  async register({ device: id, name, tags }: Registered): Promise<{ readonly token: string; readonly isNew: boolean }> {
    const { client, tokens, replaceTokens } = this.#options;
    const known = tokens.get(id);
    if (known !== undefined) return { token: known, isNew: false };
    const body: RegisterDeviceBody = { id, tags: [...tags], ...(name !== undefined && { name }) };
    try {
      const token = await tokenOf(client.post<RegisteredDevice>("/api/devices", body));
      await tokens.set(id, token);
      return { token, isNew: true };
    } catch (error) {
      if (!(error instanceof ApiError && error.code === "device-exists")) throw error;
      if (!replaceTokens)
        throw new DeviceRefused(
          error.code,
          `the target has a device ${id} already, and this folder has no token of it`,
        );
    }
    const token = await tokenOf(client.post(`/api/devices/${encodeURIComponent(id)}/token`));
    await tokens.set(id, token);
    return { token, isNew: false };
  }

  /** A value that the device already has makes no event at the target. @throws as `register` */
  async change(id: string, body: ChangeDeviceBody): Promise<void> {
    await refusable(this.#options.client.patch(`/api/devices/${encodeURIComponent(id)}`, body));
  }
}

async function tokenOf(answer: Promise<{ readonly token?: string }>): Promise<string> {
  const { token } = await refusable(answer);
  if (token === undefined) throw new DeviceRefused("no-token", "the target has a device of another kind");
  return token;
}

async function refusable<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof ApiError) || error.code === "device-exists" || !OF_A_DEVICE.has(error.status)) throw error;
    throw new DeviceRefused(error.code, error.message);
  }
}
