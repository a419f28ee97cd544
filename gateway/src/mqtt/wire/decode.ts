import { type Packet, type Parser, parser } from "mqtt-packet";
import { decodePublish } from "./decode-publish.ts";
import { TYPE } from "./framer.ts";
import type { Level } from "./guard.ts";
import { malformed } from "./reasons.ts";

/** A parser of mqtt-packet for one version of MQTT. It has no state between packets, so all connections share it. */
class Decoder {
  readonly #level: Level;
  #parser: Parser;
  #packet: Packet | undefined;
  #error: unknown;

  constructor(level: Level) {
    this.#level = level;
    this.#parser = this.#create();
  }

  decode(bytes: Buffer): Packet {
    this.#packet = undefined;
    this.#error = undefined;
    try {
      this.#parser.parse(bytes);
    } catch (error) {
      this.#error = error;
    }
    const packet = this.#packet as Packet | undefined;
    if (packet !== undefined && this.#error === undefined) return packet;
    // The failed parser may have a part of the packet, so it is replaced.
    this.#parser = this.#create();
    throw malformed(this.#error instanceof Error ? this.#error.message : "a packet can't be read");
  }

  #create(): Parser {
    const created = parser({ protocolVersion: this.#level });
    created.on("packet", (packet) => {
      this.#packet = packet;
    });
    created.on("error", (error: unknown) => {
      this.#error = error;
    });
    return created;
  }
}

const decoders = { 3: new Decoder(3), 4: new Decoder(4), 5: new Decoder(5) } as const;

/** First bytes of PUBREL, SUBSCRIBE and UNSUBSCRIBE with DUP. MQTT 3.1 allows DUP; the parser does not. */
const WITHOUT_DUP: ReadonlyMap<number, number> = new Map([
  [0x6a, 0x62],
  [0x8a, 0x82],
  [0xaa, 0xa2],
]);

/**
 * Decodes a packet that the guard has accepted. Payloads are views of `bytes`.
 * @throws MqttFault `malformed`
 */
export function decode(bytes: Buffer, level: Level): Packet {
  if (level === 3) bytes[0] = WITHOUT_DUP.get(bytes[0] as number) ?? (bytes[0] as number);
  const publish = (bytes[0] as number) >> 4 === TYPE.publish ? decodePublish(bytes, level) : undefined;
  return publish ?? parse(bytes, level);
}

/** Like {@link decode}, but only with mqtt-packet's parser. */
export function parse(bytes: Buffer, level: Level): Packet {
  return decoders[level].decode(bytes);
}
