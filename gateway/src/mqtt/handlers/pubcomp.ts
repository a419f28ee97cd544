import type { IPubcompPacket } from "mqtt-packet";
import type { OpenConnection } from "./handler.ts";

/** QoS 2: the device has completed a publication [MQTT 3.7]. */
export function handlePubcomp(connection: OpenConnection, packet: IPubcompPacket): undefined {
  connection.outbound.completed(packet.messageId ?? 0);
}
