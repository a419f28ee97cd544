import type { IPubrelPacket } from "mqtt-packet";
import { acknowledge, encode } from "../wire/encode.ts";
import { REASON } from "../wire/reasons.ts";
import type { OpenConnection } from "./handler.ts";

/** [MQTT-4.3.3-11] PUBCOMP also answers an unknown identifier. */
export function handlePubrel(connection: OpenConnection, packet: IPubrelPacket): undefined {
  const { inbound, output, client } = connection;
  const id = packet.messageId ?? 0;
  // The publication is not in the log yet, so PUBREC was not sent.
  if (inbound.awaitsPubrec(id)) return;
  const known = inbound.unreleased.delete(id);
  if (known || client.level < 5) output.send(acknowledge("pubcomp", id));
  else output.send(encode({ cmd: "pubcomp", messageId: id, reasonCode: REASON.packetIdNotFound }, client.level));
}
