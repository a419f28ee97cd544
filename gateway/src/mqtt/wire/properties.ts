import type { Cursor } from "./cursor.ts";
import { MqttFault, malformed, protocolError, REASON } from "./reasons.ts";

type Kind = "bit" | "uint16" | "uint32" | "varint" | "text" | "pair" | "binary";
type Place = "connect" | "will" | "publish" | "acknowledgement" | "subscribe" | "unsubscribe" | "disconnect";

interface Property {
  readonly name: string;
  readonly kind: Kind;
  readonly places: readonly Place[];
  /** 0 is a protocol error. */
  readonly notZero?: true;
}

const USER_PROPERTY = 0x26;
const AUTHENTICATION_METHOD = 0x15;
const AUTHENTICATION_DATA = 0x16;
const TOPIC_ALIAS = 0x23;

/** The properties that a client may send, with their packets [MQTT5 2.2.2.2]. */
const PROPERTIES: ReadonlyMap<number, Property> = new Map<number, Property>([
  [0x01, { name: "payload format indicator", kind: "bit", places: ["will", "publish"] }],
  [0x02, { name: "message expiry interval", kind: "uint32", places: ["will", "publish"] }],
  [0x03, { name: "content type", kind: "text", places: ["will", "publish"] }],
  [0x08, { name: "response topic", kind: "text", places: ["will", "publish"] }],
  [0x09, { name: "correlation data", kind: "binary", places: ["will", "publish"] }],
  [0x0b, { name: "subscription identifier", kind: "varint", places: ["subscribe"], notZero: true }],
  [0x11, { name: "session expiry interval", kind: "uint32", places: ["connect", "disconnect"] }],
  [AUTHENTICATION_METHOD, { name: "authentication method", kind: "text", places: ["connect"] }],
  [AUTHENTICATION_DATA, { name: "authentication data", kind: "binary", places: ["connect"] }],
  [0x17, { name: "request problem information", kind: "bit", places: ["connect"] }],
  [0x18, { name: "will delay interval", kind: "uint32", places: ["will"] }],
  [0x19, { name: "request response information", kind: "bit", places: ["connect"] }],
  [0x1f, { name: "reason string", kind: "text", places: ["acknowledgement", "disconnect"] }],
  [0x21, { name: "receive maximum", kind: "uint16", places: ["connect"], notZero: true }],
  [0x22, { name: "topic alias maximum", kind: "uint16", places: ["connect"] }],
  [TOPIC_ALIAS, { name: "topic alias", kind: "uint16", places: ["publish"] }],
  [
    USER_PROPERTY,
    {
      name: "user property",
      kind: "pair",
      places: ["connect", "will", "publish", "acknowledgement", "subscribe", "unsubscribe", "disconnect"],
    },
  ],
  [0x27, { name: "maximum packet size", kind: "uint32", places: ["connect"], notZero: true }],
]);

/** Checks and skips properties. The parser checks neither that they belong to the packet nor where they end. */
export function checkProperties(cursor: Cursor, place: Place): void {
  const length = cursor.varint();
  const outer = cursor.end;
  if (length > cursor.left) throw malformed("properties are longer than their packet");
  cursor.end = cursor.at + length;
  // A bit for each property. All identifiers are below 64.
  let low = 0;
  let high = 0;
  while (cursor.left > 0) {
    const id = cursor.byte();
    const property = PROPERTIES.get(id);
    // [MQTT5 2.2.2.2]
    if (!property?.places.includes(place)) throw malformed(`property ${id} does not belong here`);
    if (id !== USER_PROPERTY) {
      const bit = 1 << (id & 31);
      if (((id < 32 ? low : high) & bit) !== 0) throw protocolError(`${property.name} appears twice`);
      if (id < 32) low |= bit;
      else high |= bit;
    }
    checkValue(cursor, id, property);
  }
  cursor.end = outer;
  const has = (id: number): boolean => (low & (1 << id)) !== 0;
  // [MQTT5 3.1.2.11.10]
  if (has(AUTHENTICATION_DATA) && !has(AUTHENTICATION_METHOD))
    throw protocolError("authentication data without an authentication method");
}

function checkValue(cursor: Cursor, id: number, { name, kind, notZero }: Property): void {
  let value = 1;
  switch (kind) {
    case "bit":
      if (cursor.byte() > 1) throw protocolError(`${name} is neither 0 nor 1`);
      break;
    case "uint16":
      value = cursor.uint16();
      // [MQTT-3.3.2-8]
      if (id === TOPIC_ALIAS && value === 0) throw new MqttFault(REASON.topicAliasInvalid, "topic alias 0");
      break;
    case "uint32":
      value = cursor.uint32();
      break;
    case "varint":
      value = cursor.varint();
      break;
    case "text":
      cursor.skipText();
      break;
    case "pair":
      cursor.skipText();
      cursor.skipText();
      break;
    case "binary":
      cursor.skipBinary();
      break;
  }
  if (notZero === true && value === 0) throw protocolError(`${name} is 0`);
}
