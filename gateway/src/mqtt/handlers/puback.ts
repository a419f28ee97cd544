import type { IPubackPacket } from "mqtt-packet";
import type { OpenConnection } from "./handler.ts";

/** The device acknowledges a publication with QoS 1 [MQTT 3.4]. */
export function handlePuback(connection: OpenConnection, packet: IPubackPacket): undefined {
  connection.outbound.acknowledged(packet.messageId ?? 0, packet.reasonCode ?? 0, packet.properties?.reasonString);
}
