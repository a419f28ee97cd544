import type { IPubrecPacket } from "mqtt-packet";
import type { OpenConnection } from "./handler.ts";

/** QoS 2: the device has received a publication [MQTT 3.5]; PUBREL follows [MQTT-4.3.3-4]. */
export function handlePubrec(connection: OpenConnection, packet: IPubrecPacket): undefined {
  connection.outbound.received(packet.messageId ?? 0, packet.reasonCode ?? 0, packet.properties?.reasonString);
}
