import type { IdentityConvention } from "@fleetlog/identity";
import type { GatewaySettings } from "../settings/index.ts";
import type { JsonRpcDialect } from "./jsonrpc-dialect.ts";
import type { MqttDialect } from "./mqtt-dialect.ts";

/** The conventions of one kind of device. To add a dialect, create a folder and add a line to `list.ts`. */
export interface Dialect {
  readonly name: string;
  /** How devices name themselves. Default: the native convention. */
  readonly identify?: IdentityConvention;
  readonly mqtt?: MqttDialect;
  readonly jsonrpc?: JsonRpcDialect;
  /** Paths for WebSockets on the HTTP ports. The device directory, not the path, selects a device's dialect. */
  readonly paths?: readonly string[];
  readonly listener?: DialectListener;
}

/** A port for devices of this dialect only. */
export interface DialectListener {
  readonly protocol: "websocket";
  readonly path: string;
  readonly setting: string;
  /** Whether a client that names no device waits until a person lets it in. */
  readonly clientsWait?: true;
  /** Undefined: closed. */
  port(settings: GatewaySettings): number | undefined;
}
