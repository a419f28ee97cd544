import type { IPubackPacket } from "mqtt-packet";
import type { OpenConnection } from "./handler.ts";

/** QoS 1: the device has acknowledged a publication [MQTT 3.4]. */
export function handlePuback(connection: OpenConnection, packet: IPubackPacket): undefined {
  connection.outbound.acknowledged(packet.messageId ?? 0, packet.reasonCode ?? 0, packet.properties?.reasonString);
}
