import type { IConnectPacket } from "mqtt-packet";
import type { Level } from "../wire/guard.ts";

/** The longest that a session outlives its connection: the bucket of sessions keeps none for longer. */
export const MAX_EXPIRY_SECONDS = 30 * 86_400;
/** Longest keep-alive of MQTT 5, where the server may lower it: a device that is silent for an hour has gone. */
export const MAX_KEEP_ALIVE_SECONDS = 3_600;

const UNLIMITED = 0xffff_ffff;

/** What a client asked for in CONNECT, as far as it was granted. */
export interface Client {
  readonly level: Level;
  readonly clean: boolean;
  /** 0: none. */
  readonly keepAliveSeconds: number;
  /** How long the session outlives the connection; 0: not at all. */
  readonly expirySeconds: number;
  /** Publications with QoS 1 and 2 that it takes at once. */
  readonly receiveMaximum: number;
  /** Bytes of a packet that it takes. */
  readonly maximumPacketSize: number;
  /** Whether it wants reason strings where it may choose. */
  readonly problemInformation: boolean;
  /** What the server lowered, for CONNACK. */
  readonly lowered: { readonly serverKeepAlive?: number; readonly sessionExpiryInterval?: number };
}

export function clientOf(packet: IConnectPacket, level: Level): Client {
  const clean = packet.clean ?? true;
  const keepAlive = packet.keepalive ?? 0;
  if (level < 5) {
    return {
      level,
      clean,
      keepAliveSeconds: keepAlive,
      // [MQTT-3.1.2-4], [MQTT-3.1.2-6] of MQTT 3: a session that is not clean has no expiry; here it has the longest
      expirySeconds: clean ? 0 : MAX_EXPIRY_SECONDS,
      receiveMaximum: 0xffff,
      maximumPacketSize: UNLIMITED,
      problemInformation: false,
      lowered: {},
    };
  }
  const {
    sessionExpiryInterval = 0,
    receiveMaximum,
    maximumPacketSize,
    requestProblemInformation,
  } = packet.properties ?? {};
  const expirySeconds = Math.min(sessionExpiryInterval, MAX_EXPIRY_SECONDS);
  const keepAliveSeconds = keepAlive === 0 ? MAX_KEEP_ALIVE_SECONDS : Math.min(keepAlive, MAX_KEEP_ALIVE_SECONDS);
  return {
    level,
    clean,
    keepAliveSeconds,
    expirySeconds,
    receiveMaximum: receiveMaximum ?? 0xffff,
    maximumPacketSize: maximumPacketSize ?? UNLIMITED,
    problemInformation: requestProblemInformation ?? true,
    lowered: {
      ...(keepAliveSeconds !== keepAlive && { serverKeepAlive: keepAliveSeconds }),
      ...(expirySeconds !== sessionExpiryInterval && { sessionExpiryInterval: expirySeconds }),
    },
  };
}

/** As it is recorded with the session. */
export function versionName(level: Level): string {
  return level === 3 ? "MQTT 3.1" : level === 4 ? "MQTT 3.1.1" : "MQTT 5";
}
