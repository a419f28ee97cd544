import type { IDisconnectPacket } from "mqtt-packet";
import { MAX_EXPIRY_SECONDS } from "../session/client.ts";
import { protocolError, REASON } from "../wire/reasons.ts";
import type { OpenConnection } from "./handler.ts";

/** Reason code of DISCONNECT with Will Message [MQTT5 3.14.2.1]. */
const WITH_WILL = 0x04;

export function handleDisconnect(connection: OpenConnection, packet: IDisconnectPacket): undefined {
  const code = packet.reasonCode ?? 0;
  const expiry = packet.properties?.sessionExpiryInterval;
  if (expiry !== undefined) {
    // [MQTT-3.14.2-2]
    if (expiry > 0 && connection.client.expirySeconds === 0)
      throw protocolError("DISCONNECT sets a session expiry, which was 0 in CONNECT");
    connection.expirySeconds = Math.min(expiry, MAX_EXPIRY_SECONDS);
  }
  // [MQTT-3.14.4-3], [MQTT-3.1.2-10] Only reason code 0 drops the will.
  const dropWill = code === REASON.success;
  const detail = packet.properties?.reasonString ?? (code === 0 ? undefined : `reason code ${code}`);
  connection.close({ reason: code === 0 || code === WITH_WILL ? "device-closed" : "lost", detail, dropWill });
}
