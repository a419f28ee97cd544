import type { IPubrelPacket } from "mqtt-packet";
import { acknowledge, encode } from "../wire/encode.ts";
import { REASON } from "../wire/reasons.ts";
import type { OpenConnection } from "./handler.ts";

/**
 * [MQTT-4.3.3-11] Answers with PUBCOMP even for an unknown identifier. After PUBREL, the next PUBLISH with the
 * identifier is a new message.
 */
export function handlePubrel(connection: OpenConnection, packet: IPubrelPacket): undefined {
  const { inbound, output, client } = connection;
  const id = packet.messageId ?? 0;
  // PUBREC is not sent yet, because the publication is still on its way to the log: nothing to release.
  if (inbound.awaitsPubrec(id)) return;
  const known = inbound.unreleased.delete(id);
  if (known || client.level < 5) output.send(acknowledge("pubcomp", id));
  else output.send(encode({ cmd: "pubcomp", messageId: id, reasonCode: REASON.packetIdNotFound }, client.level));
}
