import type { Clock } from "../clock.ts";

/** A certificate that may be renewed. */
export interface TlsIdentity {
  /** PEM. `ca`, if it is given, has the authorities that the device trusts. */
  readonly current: { readonly cert: string; readonly key: string; readonly ca?: string[] };
}

export interface TransportOptions {
  /** `ws(s)://host/device`, `mqtt(s)://host`, or `ws(s)://host/mqtt` for MQTT over WebSocket. */
  readonly url: string;
  readonly device: string;
  readonly token?: string;
  readonly tls?: {
    readonly ca?: string | Buffer | (string | Buffer)[];
    readonly cert?: string | Buffer;
    readonly key?: string | Buffer;
  };
  /** Replaces `tls.cert` and `tls.key`, and `tls.ca` if it has one. */
  readonly identity?: TlsIdentity;
  /** `http://[user:password@]host:port`, used with HTTP CONNECT. Browsers can't use a proxy. */
  readonly proxy?: string;
  readonly mqttVersion: 4 | 5;
  readonly clock: Clock;
  readonly connectTimeoutMs: number;
  /** The connection is dropped if nothing was acknowledged for this long. */
  readonly callTimeoutMs: number;
  /** After this silence a ping is sent. After twice this time the connection is dropped. */
  readonly heartbeatMs: number;
}

export type Address = Pick<TransportOptions, "url" | "device" | "token" | "tls" | "identity" | "proxy"> & {
  readonly mqttVersion?: 4 | 5;
};

/** Takes the newest certificate of `identity`. */
export function tlsOf({ tls, identity }: Pick<TransportOptions, "tls" | "identity">): TransportOptions["tls"] {
  return identity === undefined ? tls : { ...tls, ...identity.current };
}
