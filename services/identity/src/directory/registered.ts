import type { DeviceCredentials } from "../device-credentials.ts";
import type { DeviceLogins, LoginHolder } from "./device-logins.ts";

/** The devices that are registered in dialects, for {@link IdentityConvention}. */
export interface RegisteredDevices {
  byNames(clientId: string, userName: string): Promise<LoginHolder | undefined>;
  byAddress(dialect: string, address: string): Promise<LoginHolder | undefined>;
  /** Undefined for a native device. */
  dialectOf(device: string): Promise<string | undefined>;
}

export function registeredDevices(
  logins: Pick<DeviceLogins, "find">,
  credentials: Pick<DeviceCredentials, "dialectOf">,
): RegisteredDevices {
  return {
    byNames: (clientId, userName) => logins.find({ clientId, userName }),
    byAddress: (dialect, address) => logins.find({ dialect, address }),
    dialectOf: (device) => credentials.dialectOf(device),
  };
}

export const NOBODY: RegisteredDevices = {
  byNames: () => Promise.resolve(undefined),
  byAddress: () => Promise.resolve(undefined),
  dialectOf: () => Promise.resolve(undefined),
};
