import type { IPubackPacket } from "mqtt-packet";
import type { OpenConnection } from "./handler.ts";

export function handlePuback(connection: OpenConnection, packet: IPubackPacket): undefined {
  connection.outbound.acknowledged(packet.messageId ?? 0, packet.reasonCode ?? 0, packet.properties?.reasonString);
}
