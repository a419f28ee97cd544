import type { GatewaySettings } from "../settings/index.ts";
import type { JsonRpcDialect } from "./jsonrpc-dialect.ts";
import type { MqttDialect } from "./mqtt-dialect.ts";

/** What one kind of device speaks. A new one is a folder that makes one of these, and a line in `list.ts`. */
export interface Dialect {
  /** As the directory of @fleetlog/identity names it. */
  readonly name: string;
  readonly mqtt?: MqttDialect;
  readonly jsonrpc?: JsonRpcDialect;
  /**
   * Where its programs open WebSockets on the HTTP ports. The path means no more than that: which dialect a device speaks,
   * the directory says.
   */
  readonly paths?: readonly string[];
  readonly listener?: DialectListener;
}

/** A port that only devices of this dialect connect to; the directory is told which one. */
export interface DialectListener {
  readonly protocol: "websocket";
  readonly path: string;
  /** The setting of its port, for people. */
  readonly setting: string;
  /** Undefined: closed. */
  port(settings: GatewaySettings): number | undefined;
}
