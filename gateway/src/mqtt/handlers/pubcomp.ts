import type { IPubcompPacket } from "mqtt-packet";
import type { OpenConnection } from "./handler.ts";

export function handlePubcomp(connection: OpenConnection, packet: IPubcompPacket): undefined {
  connection.outbound.completed(packet.messageId ?? 0);
}
