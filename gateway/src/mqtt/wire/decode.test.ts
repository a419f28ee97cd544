import { seeded } from "@fleetlog/runtime/testing";
import { generate, type Packet } from "mqtt-packet";
import { describe, expect, it } from "vitest";
import { decode, parse } from "./decode.ts";
import { Framer } from "./framer.ts";
import { checkConnect, checkPacket, type Level } from "./guard.ts";
import { MqttFault } from "./reasons.ts";

const properties = { userProperties: { a: ["b", "c"], d: "e" } };
const PACKETS: Packet[] = [
  { cmd: "publish", topic: "me/telemetry", payload: '{"data":{}}', qos: 0, dup: false, retain: false },
  {
    cmd: "publish",
    topic: "me/x",
    payload: "y",
    qos: 2,
    dup: true,
    retain: true,
    messageId: 7,
    properties: {
      ...properties,
      topicAlias: 3,
      messageExpiryInterval: 9,
      responseTopic: "r",
      correlationData: Buffer.from("c"),
      contentType: "t",
      payloadFormatIndicator: true,
    },
  },
  { cmd: "puback", messageId: 1, reasonCode: 0x10, properties: { reasonString: "r" } },
  { cmd: "pubrel", messageId: 2 },
  {
    cmd: "subscribe",
    messageId: 3,
    subscriptions: [{ topic: "me/#", qos: 1, nl: true, rap: true, rh: 2 }],
    properties: { subscriptionIdentifier: 300, ...properties },
  },
  { cmd: "unsubscribe", messageId: 4, unsubscriptions: ["me/#", "x"], properties },
  { cmd: "pingreq" },
  { cmd: "disconnect", reasonCode: 4, properties: { sessionExpiryInterval: 5, reasonString: "r" } },
];
const LEVELS: readonly Level[] = [3, 4, 5];

function read(bytes: Buffer, level: Level): "packet" | "fault" | "incomplete" {
  try {
    const framer = new Framer();
    framer.push(bytes);
    const packet = framer.next(1_024, level);
    if (packet === undefined) return "incomplete";
    if ((packet[0] as number) >> 4 === 1) checkConnect(packet);
    else checkPacket(packet, level);
    decode(packet, level);
    return "packet";
  } catch (error) {
    if (!(error instanceof MqttFault)) throw error;
    return "fault";
  }
}

describe.each(LEVELS)("guard and parser at protocol level %i", (level) => {
  const whole = PACKETS.map((packet) => generate(packet, { protocolVersion: level }));

  it("accept every valid packet", () => {
    expect(whole.map((bytes) => read(bytes, level))).toEqual(PACKETS.map(() => "packet"));
  });

  it("read a random PUBLISH as mqtt-packet's parser does", () => {
    const random = seeded(5);
    for (let n = 0; n < 2_000; n++) {
      const qos = random(3) as 0 | 1 | 2;
      const bytes = generate(
        {
          cmd: "publish",
          topic: "тема/".repeat(random(30)) + "x".repeat(1 + random(3)),
          payload: Buffer.alloc(random(3) === 0 ? random(20_000) : random(200), n),
          qos,
          dup: qos > 0 && random(2) === 0,
          retain: random(2) === 0,
          messageId: 1 + random(0xffff),
          ...(random(2) === 0 && { properties: { topicAlias: 3 } }),
        },
        { protocolVersion: level },
      );
      checkPacket(bytes, level);
      expect(decode(bytes, level)).toEqual({ ...parse(bytes, level) });
    }
  });

  it("refuse a packet with bytes after its last field", () => {
    for (const bytes of whole) {
      // The payload of PUBLISH is all that follows.
      if ((bytes[0] as number) >> 4 === 3) continue;
      const longer = Buffer.concat([bytes, Buffer.from([0])]);
      longer[1] = (longer[1] as number) + 1;
      expect(read(longer, level)).toBe("fault");
    }
  });

  it("refuse a packet that ends inside a field", () => {
    const [, publish, , , subscribe] = whole as [Buffer, Buffer, Buffer, Buffer, Buffer];
    for (const bytes of [subscribe, publish.subarray(0, publish.length - 1)]) {
      for (let length = 1; length < bytes.length - 2; length++) {
        const shorter = Buffer.from(bytes.subarray(0, 2 + length));
        shorter[1] = length;
        expect(["fault", "packet"]).toContain(read(shorter, level));
        if (bytes === subscribe) expect(read(shorter, level)).toBe("fault");
      }
    }
  });

  it("throw only MqttFault for packets with random bytes, and still accept valid packets after them", () => {
    const random = seeded(level);
    const seen = { packet: 0, fault: 0, incomplete: 0 };
    const connect = generate(
      {
        cmd: "connect",
        clientId: "d",
        clean: true,
        keepalive: 9,
        username: "d",
        password: Buffer.from("p"),
        protocolVersion: level,
        protocolId: level === 3 ? "MQIsdp" : "MQTT",
        will: {
          topic: "w",
          payload: Buffer.from("x"),
          qos: 1,
          retain: false,
          ...(level === 5 && { properties: { willDelayInterval: 4 } }),
        },
        ...(level === 5 && { properties: { receiveMaximum: 5, ...properties } }),
      },
      { protocolVersion: level },
    );
    const sources = [...whole, connect];
    for (let i = 0; i < 100_000; i++) {
      const bytes = Buffer.from(sources[random(sources.length)] as Buffer);
      for (let flips = 1 + random(3); flips > 0; flips--) bytes[random(bytes.length)] = random(256);
      seen[read(bytes, level)]++;
    }
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(5_000);
    expect(whole.map((bytes) => read(Buffer.from(bytes), level))).toEqual(PACKETS.map(() => "packet"));
  });
});
