import type { IdentityConvention } from "@fleetlog/identity";
import type { GatewaySettings } from "../settings/index.ts";
import type { JsonRpcDialect } from "./jsonrpc-dialect.ts";
import type { MqttDialect } from "./mqtt-dialect.ts";

/** The conventions of one kind of device. To add one, create its folder and add a line to `list.ts`. */
export interface Dialect {
  /** The name in the entries of @fleetlog/identity's directory. */
  readonly name: string;
  /** How its devices name themselves, where that differs from the native convention. */
  readonly identify?: IdentityConvention;
  readonly mqtt?: MqttDialect;
  readonly jsonrpc?: JsonRpcDialect;
  /**
   * The paths on the HTTP ports where its programs open WebSockets. The path does not select the dialect; the directory's
   * entry of the device does.
   */
  readonly paths?: readonly string[];
  readonly listener?: DialectListener;
}

/** A port for devices of this dialect only. The directory gets the dialect's name when it looks up a device. */
export interface DialectListener {
  readonly protocol: "websocket";
  readonly path: string;
  /** Name of the setting that holds the port, for messages to operators. */
  readonly setting: string;
  /** Undefined: the port is not opened. */
  port(settings: GatewaySettings): number | undefined;
}
