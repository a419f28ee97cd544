import { ConnectTooLarge, MqttFault, malformed, protocolError, REASON } from "./reasons.ts";

/** Packet types: the high four bits of the first byte [MQTT 2.2.1]. */
export const TYPE = {
  connect: 1,
  publish: 3,
  puback: 4,
  pubrec: 5,
  pubrel: 6,
  pubcomp: 7,
  subscribe: 8,
  unsubscribe: 10,
  pingreq: 12,
  disconnect: 14,
  auth: 15,
} as const;

/** The low four bits of the first byte by packet type. -1: not from clients; -2: PUBLISH, where they vary. */
const FLAGS = [-1, 0, -1, -2, 0, 0, 2, 0, 2, -1, 2, -1, 0, -1, 0, 0] as const;
const DUP = 0x08;
/** First byte of a TLS client (RFC 8446, 5.1) that uses the wrong port. */
const TLS_HANDSHAKE = 0x16;
/** Bytes from the fixed header to the protocol level in CONNECT, with the longest protocol name "MQIsdp". */
const LEVEL_BYTES = 9;

const EMPTY = Buffer.alloc(0);

/** Splits bytes into packets. A packet that is invalid or too large is refused when its header has arrived. */
export class Framer {
  #buffer: Buffer = EMPTY;
  #start = 0;
  #end = 0;
  /** False: the buffer is the socket's chunk. */
  #own = false;

  get waiting(): number {
    return this.#end - this.#start;
  }

  push(chunk: Buffer): void {
    if (this.#start === this.#end) {
      this.#buffer = chunk;
      this.#start = 0;
      this.#end = chunk.length;
      this.#own = false;
      return;
    }
    const kept = this.#end - this.#start;
    if (!this.#own || this.#buffer.length - this.#end < chunk.length) {
      const wanted = kept + chunk.length;
      if (this.#own && this.#buffer.length >= wanted) this.#buffer.copyWithin(0, this.#start, this.#end);
      // The capacity is doubled, because a packet may arrive byte by byte.
      else this.#move(Math.max(wanted, kept * 2));
      this.#start = 0;
      this.#end = kept;
    }
    chunk.copy(this.#buffer, this.#end);
    this.#end += chunk.length;
  }

  /**
   * The packet is a view that is valid until the next `push`; undefined if it is incomplete.
   * @param limit maximum bytes of a packet with its header
   * @param level protocol level; 0 before CONNECT
   * @throws MqttFault `malformed`, `protocolError`, `packetTooLarge`
   */
  next(limit: number, level: number): Buffer | undefined {
    const available = this.#end - this.#start;
    if (available === 0) return undefined;
    this.#checkFirst(level);
    // [MQTT-1.5.5-1]
    let length = 0;
    for (let i = 1; ; i++) {
      if (i > available - 1) return undefined;
      const byte = this.#buffer[this.#start + i] as number;
      length += (byte & 0x7f) * 0x80 ** (i - 1);
      if (i + 1 + length > limit) {
        if (level > 0) throw new MqttFault(REASON.packetTooLarge, `a packet is larger than ${limit} bytes`);
        // The refusal of CONNECT is encoded for its version of MQTT, which follows the length. Until the version has
        // arrived, the packet is incomplete, and the call after the next `push` comes here again.
        if (byte < 0x80) return this.#refuseLargeConnect(i + 1 + LEVEL_BYTES, limit);
      } else if (byte < 0x80) {
        // [MQTT-1.5.5-1] only in MQTT 5
        if (level === 5 && i > 1 && byte === 0) throw malformed("the remaining length is longer than it must be");
        const total = i + 1 + length;
        if (available < total) return undefined;
        const packet = this.#buffer.subarray(this.#start, this.#start + total);
        this.#start += total;
        return packet;
      }
      if (i === 4) throw malformed("the remaining length has more than four bytes");
    }
  }

  unread(packet: Buffer): void {
    this.#start -= packet.length;
  }

  /** Copies the rest of the socket's chunk, so that the chunk can be freed. */
  compact(): void {
    if (this.#start === this.#end) this.clear();
    else if (!this.#own) {
      const kept = this.#end - this.#start;
      this.#move(kept);
      this.#start = 0;
      this.#end = kept;
    }
  }

  clear(): void {
    this.#buffer = EMPTY;
    this.#start = 0;
    this.#end = 0;
    this.#own = false;
  }

  /** @param bytes from the packet's start to the end of the protocol level; undefined if fewer have arrived */
  #refuseLargeConnect(bytes: number, limit: number): undefined {
    if (this.#end - this.#start < bytes) return undefined;
    throw new ConnectTooLarge(limit, Buffer.from(this.#buffer.subarray(this.#start, this.#start + bytes)));
  }

  #move(capacity: number): void {
    const moved = Buffer.allocUnsafeSlow(capacity);
    this.#buffer.copy(moved, 0, this.#start, this.#end);
    this.#buffer = moved;
    this.#own = true;
  }

  #checkFirst(level: number): void {
    const first = this.#buffer[this.#start] as number;
    const type = first >> 4;
    const wanted = FLAGS[type] as number;
    if (level === 0 && first === TLS_HANDSHAKE) {
      throw malformed("this is a TLS handshake, but MQTT over TLS has a port of its own (FLEETLOG_MQTTS_PORT)");
    }
    // [MQTT-3.1.0-1]
    if (level === 0 && type !== TYPE.connect) throw protocolError("the first packet is not CONNECT");
    if (wanted === -1) {
      if (type === 0) throw malformed("packet type 0 is reserved");
      throw protocolError(`clients may not send packet type ${type}`);
    }
    if (wanted === -2) {
      // [MQTT-3.3.1-4], [MQTT-3.3.1-2]
      if ((first & 0x06) === 0x06) throw malformed("PUBLISH with QoS 3");
      if ((first & 0x0e) === DUP) throw malformed("PUBLISH with QoS 0 and DUP");
      return;
    }
    // MQTT 3.1 allows DUP here. Later versions reserve the bit [MQTT-2.1.3-1].
    const flags = level === 3 && wanted === 2 ? first & 0x07 : first & 0x0f;
    if (flags !== wanted) throw malformed(`reserved flags of packet type ${type} are set`);
  }
}
