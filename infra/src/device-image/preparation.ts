import type { DeviceFile } from "./files.ts";
import type { DeviceStart } from "./settings.ts";
import type { Wifi } from "./wifi.ts";

/** Everything that a prepared device gets. */
export interface Preparation {
  readonly start: DeviceStart;
  /** The agent, and Node if the board has none. */
  readonly programs: readonly DeviceFile[];
  /** Certificates in PEM. */
  readonly authority?: string;
  readonly wifi?: Wifi;
  readonly hostname?: string;
  /** Public keys, as in `authorized_keys`. */
  readonly sshKeys?: string;
}
