import { Cursor } from "./cursor.ts";
import { TYPE } from "./framer.ts";
import { checkProperties } from "./properties.ts";
import { MqttFault, malformed, protocolError, REASON, UnsupportedVersion } from "./reasons.ts";

/** 3: MQTT 3.1, 4: MQTT 3.1.1, 5: MQTT 5. */
export type Level = 3 | 4 | 5;

/** Maximum for topics and filters; no dialect needs more. */
const MAX_TOPIC_BYTES = 1_024;

const cursor = new Cursor();

/**
 * Checks a packet before it is parsed. The parser alone would replace invalid UTF-8, read properties past their end,
 * and ignore trailing bytes.
 * @throws MqttFault
 */
export function checkPacket(packet: Buffer, level: Level): void {
  cursor.begin(packet);
  switch ((packet[0] as number) >> 4) {
    case TYPE.publish:
      checkPublish(packet, level);
      return;
    case TYPE.puback:
    case TYPE.pubrec:
    case TYPE.pubrel:
    case TYPE.pubcomp:
      cursor.packetId();
      checkReason("acknowledgement", level);
      break;
    case TYPE.subscribe:
      checkSubscribe(level);
      break;
    case TYPE.unsubscribe:
      cursor.packetId();
      if (level === 5) checkProperties(cursor, "unsubscribe");
      // [MQTT-3.10.3-2]
      if (cursor.left === 0) throw protocolError("UNSUBSCRIBE without a filter");
      while (cursor.left > 0) checkTopic();
      break;
    case TYPE.disconnect:
      checkReason("disconnect", level);
      break;
    case TYPE.auth:
      // [MQTT-4.12.0-6] A CONNECT with an authentication method is refused.
      throw level === 5
        ? protocolError("AUTH without an authentication method")
        : malformed("packet type 15 is reserved");
  }
  cursor.finish();
}

/**
 * Checks a whole CONNECT; returns its protocol level.
 * @throws MqttFault `unsupportedVersion` for any protocol but MQTT 3.1, 3.1.1 and 5
 */
export function checkConnect(packet: Buffer): Level {
  const level = levelOf(packet);
  if (level === 5 && !hasShortestLength(packet)) throw malformed("the remaining length is longer than it must be");
  const flags = cursor.byte();
  // [MQTT-3.1.2-3]
  if ((flags & 0x01) !== 0) throw malformed("a reserved flag of CONNECT is set");
  const will = (flags & 0x04) !== 0;
  const willQos = (flags >> 3) & 0x03;
  // [MQTT-3.1.2-11], [MQTT-3.1.2-13], [MQTT-3.1.2-12]
  if (willQos === 3 || (!will && (flags & 0x38) !== 0)) throw malformed("will flags of CONNECT contradict each other");
  // [MQTT-3.1.2-22]
  if (level < 5 && (flags & 0xc0) === 0x40) throw malformed("a password without a user name");
  cursor.uint16();
  if (level === 5) checkProperties(cursor, "connect");
  cursor.skipText();
  if (will) {
    if (level === 5) checkProperties(cursor, "will");
    checkTopic();
    cursor.skipBinary();
  }
  if ((flags & 0x80) !== 0) cursor.skipText();
  if ((flags & 0x40) !== 0) cursor.skipBinary();
  cursor.finish();
  return level;
}

/**
 * Reads the protocol name and level of CONNECT. The cursor is then after them.
 * @throws MqttFault `unsupportedVersion`, `malformed`
 */
export function levelOf(packet: Buffer): Level {
  cursor.begin(packet);
  const length = cursor.skipText();
  const name = packet.toString("latin1", cursor.at - length, cursor.at);
  const level = cursor.byte();
  if (name === "MQIsdp" && level === 3) return 3;
  if (name === "MQTT" && (level === 4 || level === 5)) return level;
  // [MQTT-3.1.2-1], [MQTT-3.1.2-2]
  const message = `protocol ${JSON.stringify(name.slice(0, 16))} level ${level} is not supported`;
  const newer = name === "MQTT" && level > 5;
  throw new UnsupportedVersion(message, newer);
}

/** [MQTT-1.5.5-1] For CONNECT only: the framer checks all other packets, but does not know the version here. */
function hasShortestLength(packet: Buffer): boolean {
  let last = 1;
  while ((packet[last] as number) >= 0x80) last++;
  return last === 1 || packet[last] !== 0;
}

function checkPublish(packet: Buffer, level: Level): void {
  checkTopic();
  if (((packet[0] as number) & 0x06) !== 0) cursor.packetId();
  if (level === 5) checkProperties(cursor, "publish");
}

function checkReason(place: "acknowledgement" | "disconnect", level: Level): void {
  if (level < 5 || cursor.left === 0) return;
  cursor.byte();
  if (cursor.left > 0) checkProperties(cursor, place);
}

function checkSubscribe(level: Level): void {
  cursor.packetId();
  if (level === 5) checkProperties(cursor, "subscribe");
  // [MQTT-3.8.3-2]
  if (cursor.left === 0) throw protocolError("SUBSCRIBE without a filter");
  while (cursor.left > 0) {
    checkTopic();
    const options = cursor.byte();
    // [MQTT-3.8.3-5]
    const reserved = level === 5 ? 0xc0 : 0xfc;
    if ((options & reserved) !== 0 || (options & 0x03) === 3) throw malformed("options of SUBSCRIBE are not valid");
    if ((options & 0x30) === 0x30) throw protocolError("retain handling 3");
  }
}

function checkTopic(): void {
  if (cursor.skipText() > MAX_TOPIC_BYTES) {
    throw new MqttFault(REASON.topicInvalid, `a topic has more than ${MAX_TOPIC_BYTES} bytes`);
  }
}
