import { generate, type Packet } from "mqtt-packet";
import type { Level } from "./guard.ts";

/** First bytes of acknowledgements [MQTT 3.4.1 to 3.7.1]. */
const FIRST = { puback: 0x40, pubrec: 0x50, pubrel: 0x62, pubcomp: 0x70 } as const;
export type Acknowledgement = keyof typeof FIRST;

export const PINGRESP = Buffer.from([0xd0, 0x00]);

/** Encodes a successful acknowledgement, which is equal in all versions of MQTT, faster than `encode` does. */
export function acknowledge(kind: Acknowledgement, id: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes[0] = FIRST[kind];
  bytes[1] = 2;
  bytes[2] = id >> 8;
  bytes[3] = id & 0xff;
  return bytes;
}

export function encode(packet: Packet, level: Level): Buffer {
  return generate(packet, { protocolVersion: level });
}
