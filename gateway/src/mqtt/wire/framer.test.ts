import { describe, expect, it } from "vitest";
import { Framer } from "./framer.ts";
import { MqttFault, REASON } from "./reasons.ts";

const LIMIT = 300;
const PINGREQ = [0xc0, 0];

function reasonOf(act: () => unknown): number | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(MqttFault);
    return (error as MqttFault).reason;
  }
}

function framed(...bytes: number[]): Framer {
  const framer = new Framer();
  framer.push(Buffer.from(bytes));
  return framer;
}

describe("Framer", () => {
  it("returns each packet when it is complete, for chunks of 1, 2, 3, 5, 64 and all bytes", () => {
    const packets = [PINGREQ, [0x40, 2, 0, 1], [0x30, 0x80, 0x01, ...Array<number>(128).fill(7)], PINGREQ];
    const all = packets.flat();
    for (const size of [1, 2, 3, 5, 64, all.length]) {
      const framer = new Framer();
      const got: number[][] = [];
      for (let at = 0; at < all.length; at += size) {
        framer.push(Buffer.from(all.slice(at, at + size)));
        for (let packet = framer.next(LIMIT, 4); packet !== undefined; packet = framer.next(LIMIT, 4)) {
          got.push([...packet]);
        }
        framer.compact();
      }
      expect(got).toEqual(packets);
    }
  });

  it("returns a packet again after `unread`", () => {
    const framer = framed(...PINGREQ, 0x40, 2, 0, 1);
    framer.next(LIMIT, 4);
    const packet = framer.next(LIMIT, 4);
    framer.unread(packet ?? Buffer.alloc(0));
    expect(framer.next(LIMIT, 4)).toEqual(Buffer.from([0x40, 2, 0, 1]));
    expect(framer.next(LIMIT, 4)).toBeUndefined();
  });

  it("has no reference to the socket's chunk after `compact`", () => {
    const chunk = Buffer.from([...PINGREQ, 0x40, 2, 0]);
    const framer = new Framer();
    framer.push(chunk);
    framer.next(LIMIT, 4);
    framer.compact();
    chunk.fill(0xff);
    framer.push(Buffer.from([9]));
    expect(framer.next(LIMIT, 4)).toEqual(Buffer.from([0x40, 2, 0, 9]));
  });

  it("refuses a packet larger than 300 bytes as soon as its header shows the length", () => {
    expect(framed(0x30, 0xa9, 0x02).next(LIMIT, 4)).toBeUndefined();
    expect(reasonOf(() => framed(0x30, 0xaa, 0x02).next(LIMIT, 4))).toBe(REASON.packetTooLarge);
    expect(reasonOf(() => framed(0x30, 0xff, 0xff).next(LIMIT, 4))).toBe(REASON.packetTooLarge);
    expect(reasonOf(() => framed(0x30, 0x80, 0x80, 0x80, 0x80).next(LIMIT, 4))).toBe(REASON.malformed);
  });

  it("refuses a CONNECT larger than 300 bytes as soon as its version is known", () => {
    const head = [0x10, 0xff, 0x7f, 0, 4, ...Buffer.from("MQTT"), 5, 0xc2];
    for (let cut = 1; cut < head.length; cut++) expect(framed(...head.slice(0, cut)).next(LIMIT, 0)).toBeUndefined();
    expect(reasonOf(() => framed(...head, 0).next(LIMIT, 0))).toBe(REASON.packetTooLarge);
  });

  it.each([
    { what: "PINGREQ", bytes: [0xc0, 0x80, 0x00] },
    { what: "PUBACK", bytes: [0x40, 0x82, 0x80, 0x00, 0, 1] },
  ])("refuses a remaining length that is not the shortest in MQTT 5, but not in MQTT 3.1.1: $what", ({ bytes }) => {
    expect(reasonOf(() => framed(...bytes).next(LIMIT, 5))).toBe(REASON.malformed);
    expect(framed(...bytes).next(LIMIT, 4)).toEqual(Buffer.from(bytes));
  });

  it.each([
    { what: "PUBLISH before CONNECT", first: 0x30, level: 0, reason: REASON.protocolError },
    { what: "type 0", first: 0x00, level: 4, reason: REASON.malformed },
    { what: "SUBACK", first: 0x90, level: 4, reason: REASON.protocolError },
    { what: "CONNECT with flags", first: 0x12, level: 0, reason: REASON.malformed },
    { what: "PUBREL without its flags", first: 0x60, level: 4, reason: REASON.malformed },
    { what: "SUBSCRIBE with DUP in MQTT 3.1.1", first: 0x8a, level: 4, reason: REASON.malformed },
    { what: "PUBACK with DUP in MQTT 3.1", first: 0x48, level: 3, reason: REASON.malformed },
    { what: "QoS 3", first: 0x36, level: 5, reason: REASON.malformed },
    { what: "DUP with QoS 0", first: 0x38, level: 5, reason: REASON.malformed },
  ])("refuses $what by its first byte", ({ first, level, reason }) => {
    expect(reasonOf(() => framed(first).next(LIMIT, level))).toBe(reason);
  });

  it("accepts DUP in PUBREL, SUBSCRIBE and UNSUBSCRIBE of MQTT 3.1", () => {
    for (const first of [0x6a, 0x8a, 0xaa]) expect(framed(first, 0).next(LIMIT, 3)).toEqual(Buffer.from([first, 0]));
  });
});
