import type { IPubcompPacket } from "mqtt-packet";
import type { OpenConnection } from "./handler.ts";

/** The device completes a publication with QoS 2 [MQTT 3.7]. */
export function handlePubcomp(connection: OpenConnection, packet: IPubcompPacket): undefined {
  connection.outbound.completed(packet.messageId ?? 0);
}
