import type { Clock } from "../clock.ts";

export interface TransportOptions {
  /** `ws://host/device`, `wss://…`; `mqtt://host`, `mqtts://host`; `ws://host/mqtt`, `wss://…` for MQTT over WebSocket. */
  readonly url: string;
  readonly device: string;
  /** Not needed with a client certificate. */
  readonly token?: string;
  readonly tls?: {
    readonly ca?: string | Buffer;
    readonly cert?: string | Buffer;
    readonly key?: string | Buffer;
  };
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
export type Address = Pick<TransportOptions, "url" | "device" | "token" | "tls"> & { readonly mqttVersion?: 4 | 5 };
