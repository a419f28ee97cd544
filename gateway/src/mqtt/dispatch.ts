import type { Packet, PacketCmd } from "mqtt-packet";
import { handleConnect } from "./handlers/connect.ts";
import { handleDisconnect } from "./handlers/disconnect.ts";
import type { HandledConnection, Handler, OpenConnection } from "./handlers/handler.ts";
import { handlePingreq } from "./handlers/pingreq.ts";
import { handlePuback } from "./handlers/puback.ts";
import { handlePubcomp } from "./handlers/pubcomp.ts";
import { handlePublish } from "./handlers/publish.ts";
import { handlePubrec } from "./handlers/pubrec.ts";
import { handlePubrel } from "./handlers/pubrel.ts";
import { handleSubscribe } from "./handlers/subscribe.ts";
import { handleUnsubscribe } from "./handlers/unsubscribe.ts";
import { decode } from "./wire/decode.ts";
import { TYPE } from "./wire/framer.ts";
import { checkPacket } from "./wire/guard.ts";
import { protocolError } from "./wire/reasons.ts";

type HandlerOf<C extends PacketCmd> = Handler<Extract<Packet, { cmd: C }>>;

/** AUTH is missing, because the guard refuses it: there is no authentication method. */
const HANDLERS = {
  publish: handlePublish,
  puback: handlePuback,
  pubrec: handlePubrec,
  pubrel: handlePubrel,
  pubcomp: handlePubcomp,
  subscribe: handleSubscribe,
  unsubscribe: handleUnsubscribe,
  pingreq: handlePingreq,
  disconnect: handleDisconnect,
} as const satisfies { [C in PacketCmd]?: HandlerOf<C> };

export function isReport(bytes: Buffer): boolean {
  return (bytes[0] as number) >> 4 === TYPE.publish;
}

/** @throws MqttFault to close the connection */
export function dispatch(connection: HandledConnection, bytes: Buffer): Promise<void> | undefined {
  const { client } = connection;
  if ((bytes[0] as number) >> 4 === TYPE.connect) {
    // [MQTT-3.1.0-2]
    if (client !== undefined) throw protocolError("a second CONNECT");
    return handleConnect(connection, bytes);
  }
  if (!isOpen(connection)) throw protocolError("the first packet is not CONNECT");
  checkPacket(bytes, connection.client.level);
  const packet = decode(bytes, connection.client.level);
  const handler = HANDLERS[packet.cmd as keyof typeof HANDLERS] as Handler<Packet>;
  return handler(connection, packet);
}

function isOpen(connection: HandledConnection): connection is OpenConnection {
  return connection.client !== undefined && connection.session !== undefined;
}
