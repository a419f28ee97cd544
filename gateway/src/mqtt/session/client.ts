import type { IConnectPacket } from "mqtt-packet";
import type { Level } from "../wire/guard.ts";

/** Longest session expiry: the bucket of sessions deletes each record after this time. */
export const MAX_EXPIRY_SECONDS = 30 * 86_400;
/**
 * Longest keep-alive, so that the gateway notices when a device has gone. Only MQTT 5 lets the server lower the
 * client's value.
 */
export const MAX_KEEP_ALIVE_SECONDS = 3_600;

const UNLIMITED = 0xffff_ffff;

/** The options of CONNECT, after the server has lowered them to its limits. */
export interface Client {
  readonly level: Level;
  readonly clean: boolean;
  /** 0: none. */
  readonly keepAliveSeconds: number;
  /** How long the session outlives the connection; 0: the session ends with it. */
  readonly expirySeconds: number;
  /** Most unacknowledged publications with QoS 1 and 2 that the client accepts. */
  readonly receiveMaximum: number;
  /** Largest packet that the client accepts, bytes. */
  readonly maximumPacketSize: number;
  /** Whether the client wants reason strings in acknowledgements. */
  readonly problemInformation: boolean;
  /** The values that the server has lowered, for CONNACK. */
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
      // [MQTT-3.1.2-4], [MQTT-3.1.2-6] In MQTT 3 a session that is not clean never expires; here it gets the longest expiry.
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

/** The options of a client whose session ends with its connection, whatever it asked for. */
export function cleanClient(client: Client): Client {
  const { lowered, expirySeconds } = client;
  if (expirySeconds === 0) return client;
  return { ...client, clean: true, expirySeconds: 0, lowered: { ...lowered, sessionExpiryInterval: 0 } };
}

/** The version as the log records it with the session. */
export function versionName(level: Level): string {
  return level === 3 ? "MQTT 3.1" : level === 4 ? "MQTT 3.1.1" : "MQTT 5";
}
