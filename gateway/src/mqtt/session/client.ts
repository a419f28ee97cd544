import type { IConnectPacket } from "mqtt-packet";
import { type Level, levelOf } from "../wire/guard.ts";
import { MqttFault } from "../wire/reasons.ts";

/** The bucket of sessions deletes a record after this time. */
export const MAX_EXPIRY_SECONDS = 30 * 86_400;
/** Maximum keep-alive, so that the gateway notices a device that has gone. Only MQTT 5 lets the server lower it. */
export const MAX_KEEP_ALIVE_SECONDS = 3_600;

const UNLIMITED = 0xffff_ffff;

/** The options of CONNECT, lowered to the server's limits. */
export interface Client {
  readonly level: Level;
  readonly clean: boolean;
  /** 0: none. */
  readonly keepAliveSeconds: number;
  /** 0: the session ends with the connection. */
  readonly expirySeconds: number;
  readonly receiveMaximum: number;
  /** In bytes. */
  readonly maximumPacketSize: number;
  /** Whether acknowledgements may have reason strings. */
  readonly problemInformation: boolean;
  /** Values for CONNACK that the server has lowered. */
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
      // [MQTT-3.1.2-4], [MQTT-3.1.2-6] In MQTT 3 a session that is not clean would never expire.
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

/** The client of a CONNECT of which only the version is known. */
export function clientOfVersion(level: Level): Client {
  return clientOf({ cmd: "connect", clientId: "" }, level);
}

/**
 * The client of a CONNECT over the limit.
 * @param head the packet's first bytes
 * @returns undefined if the packet's version is not valid
 */
export function clientOfHead(head: Buffer): Client | undefined {
  try {
    return clientOfVersion(levelOf(head));
  } catch (error) {
    if (!(error instanceof MqttFault)) throw error;
    return undefined;
  }
}

export function cleanClient(client: Client): Client {
  const { lowered, expirySeconds } = client;
  if (expirySeconds === 0) return client;
  return { ...client, clean: true, expirySeconds: 0, lowered: { ...lowered, sessionExpiryInterval: 0 } };
}

export function versionName(level: Level): string {
  return level === 3 ? "MQTT 3.1" : level === 4 ? "MQTT 3.1.1" : "MQTT 5";
}
