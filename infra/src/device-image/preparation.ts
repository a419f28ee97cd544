import type { DeviceFile } from "./files.ts";
import type { DeviceStart } from "./settings.ts";
import type { Wifi } from "./wifi.ts";

/** What a device is to have. */
export interface Preparation {
  readonly start: DeviceStart;
  /** The agent, and Node if the board has none. */
  readonly programs: readonly DeviceFile[];
  /** Certificates in PEM. */
  readonly authority?: string;
  readonly wifi?: Wifi;
  readonly hostname?: string;
  /** Public keys, in the form of `authorized_keys`. */
  readonly sshKeys?: string;
}
