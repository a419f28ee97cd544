import type { Clock } from "../clock.ts";
import type { Identity } from "../identity/identity.ts";

export interface TransportOptions {
  /** `ws://host/device`, `wss://…`; `mqtt://host`, `mqtts://host`; `ws://host/mqtt`, `wss://…` for MQTT over WebSocket. */
  readonly url: string;
  readonly device: string;
  /** Not needed with a client certificate. */
  readonly token?: string;
  readonly tls?: {
    readonly ca?: string | Buffer | (string | Buffer)[];
    readonly cert?: string | Buffer;
    readonly key?: string | Buffer;
  };
  /** The client certificate, in place of `tls.cert` and `tls.key`. */
  readonly identity?: Identity;
  /** `http://[user:password@]host:port`: connections are made by HTTP CONNECT. Not in browsers. */
  readonly proxy?: string;
  /** MQTT only. */
  readonly mqttVersion: 4 | 5;
  readonly clock: Clock;
  readonly connectTimeoutMs: number;
  /** The connection is given up when calls are pending and nothing was acknowledged for this long. */
  readonly callTimeoutMs: number;
  /** Silence after which the agent pings the gateway. After twice this time the connection is given up. */
  readonly heartbeatMs: number;
}

/** Where a device connects to, and with which credentials. */
export type Address = Pick<TransportOptions, "url" | "device" | "token" | "tls" | "identity" | "proxy"> & {
  readonly mqttVersion?: 4 | 5;
};

/** The options of a TLS connection, with the newest certificate. */
export function tlsOf({ tls, identity }: Pick<TransportOptions, "tls" | "identity">): TransportOptions["tls"] {
  return identity === undefined ? tls : { ...tls, ...identity.current };
}
