import type { AddressInfo } from "node:net";
import { createServer, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { Histogram } from "./histogram.ts";
import { Load } from "./load.ts";
import { Ranges } from "./ranges.ts";
import { connect, MqttFramer, type MqttPacket, publish, readPublish, subscribe } from "./wire/mqtt.ts";
import { type Frame, frame, TEXT, WebSocketFramer } from "./wire/websocket.ts";

describe("Ranges", () => {
  it("is a set of numbers, whatever the order in which they are added", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const numbers = Array.from({ length: 200 }, (_, index) => ((index * 7919 * seed) % 149) + 1);
      const ranges = new Ranges();
      const fresh = numbers.map((number) => ranges.add(number));
      const expected = [...new Set(numbers)].sort((a, b) => a - b);
      expect([...ranges]).toEqual(expected);
      expect(ranges.size).toBe(expected.length);
      expect(fresh.filter(Boolean)).toHaveLength(expected.length);
      for (const [index, [from]] of ranges.ranges.entries())
        expect(from).toBeGreaterThan((ranges.ranges[index - 1]?.[1] ?? -1) + 1);
    }
  });
});

describe("Histogram", () => {
  it("has quantiles to within 5 %", () => {
    const histogram = new Histogram();
    expect(histogram.quantile(0.5)).toBe(0);
    for (let value = 1; value <= 1_000; value++) histogram.add(value);
    for (const part of [0.1, 0.5, 0.99])
      expect(Math.abs(histogram.quantile(part) / (part * 1_000) - 1)).toBeLessThan(0.05);
    expect(histogram.quantile(1)).toBe(1_000);
    expect(histogram.max).toBe(1_000);
  });
});

function* cuts(bytes: Buffer): Iterable<Buffer[]> {
  for (let at = 0; at <= bytes.length; at++) yield [bytes.subarray(0, at), bytes.subarray(at)];
  yield [...bytes].map((byte) => Buffer.from([byte]));
}

describe("MQTT on the wire", () => {
  it("encodes packets as specified", () => {
    expect(connect(4, "d", "t", 60).toString("hex")).toBe("101300044d51545404c2003c0001640001640001" + "74");
    expect(connect(5, "d", "t", 60).toString("hex")).toBe("101400044d51545405c2003c00000164000164000174");
    expect(subscribe(4, "a/+", 10).toString("hex")).toBe("8208000a0003612f2b01");
    expect(publish(5, "a", 7, "hi").toString("hex")).toBe("3208000161000700" + "6869");
    expect(publish(4, "a", 7, "x".repeat(200)).subarray(0, 3).toString("hex")).toBe("32cd01");
  });

  it.each([4, 5] as const)("decodes packets however they are split, version %i", (version) => {
    const payload = "ключ".repeat(40);
    const bytes = Buffer.concat([publish(version, "me/x", 300, payload), publish(version, "y", 1, "")]);
    for (const parts of cuts(bytes)) {
      const framer = new MqttFramer();
      const packets: MqttPacket[] = [];
      for (const part of parts) packets.push(...framer.push(part));
      expect(packets.map((packet) => readPublish(packet, version))).toEqual([
        { topic: "me/x", id: 300, payload },
        { topic: "y", id: 1, payload: "" },
      ]);
    }
  });
});

describe("WebSocket on the wire", () => {
  it("encodes frames of every length, masked with zeros", () => {
    expect(frame(TEXT, "hi").toString("hex")).toBe("81820000000068" + "69");
    for (const length of [125, 126, 65_535, 65_536])
      expect(frame(TEXT, "x".repeat(length)).length - length).toBe(length < 126 ? 6 : length < 65_536 ? 8 : 14);
  });

  it("decodes frames however they are split", () => {
    const server = (payload: string) =>
      Buffer.concat([
        Buffer.from(payload.length < 126 ? [0x81, payload.length] : [0x81, 126, 0, payload.length]),
        Buffer.from(payload),
      ]);
    const bytes = Buffer.concat([
      Buffer.from("HTTP/1.1 101 Hi\r\nA: b\r\n\r\n"),
      server("one"),
      server("t".repeat(200)),
      server(""),
    ]);
    for (const parts of cuts(bytes)) {
      const framer = new WebSocketFramer();
      const statuses: string[] = [];
      const frames: Frame[] = [];
      for (const part of parts) frames.push(...framer.push(part, (status) => statuses.push(status)));
      expect(statuses).toEqual(["HTTP/1.1 101 Hi"]);
      expect(frames.map(({ payload }) => payload.toString())).toEqual(["one", "t".repeat(200), ""]);
    }
  });
});

/** The gateway is a stub of MQTT 3.1.1. */
describe("Load", () => {
  let server: Server;
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  async function gateway(onPublish: (seq: number, acknowledge: () => void, socket: Socket) => void) {
    server = createServer((socket) => {
      const framer = new MqttFramer();
      socket.on("error", () => {});
      socket.on("data", (chunk) => {
        for (const packet of framer.push(chunk)) {
          if (packet.type === 1) socket.write(Buffer.from([0x20, 2, 0, 0]));
          if (packet.type !== 3) continue;
          const { id, payload } = readPublish(packet, 4);
          const { seq } = JSON.parse(payload) as { seq: number };
          onPublish(seq, () => socket.write(Buffer.from([0x40, 2, id >> 8, id & 255])), socket);
        }
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    return { protocol: "mqtt", host: "127.0.0.1", port } as const;
  }

  it("keeps its window full, and stops after `count` messages", async () => {
    const waiting: (() => void)[] = [];
    let most = 0;
    const target = await gateway((_, acknowledge) => {
      waiting.push(acknowledge);
      most = Math.max(most, waiting.length);
      if (waiting.length === 10) for (const each of waiting.splice(0)) each();
    });
    const load = new Load({ target, devices: [{ device: "d", token: "t" }], window: 10, count: 100 });
    await load.connect();
    load.start();
    await load.done();
    expect(most).toBe(10);
    expect(load.report()).toMatchObject({ sent: 100, acknowledged: 100, refused: {}, ended: {} });
    expect(load.devices[0]?.acknowledged.ranges).toEqual([[1, 100]]);
    await load.stop();
  });

  it("sends unacknowledged messages again under the same number, and counts them once", async () => {
    const seen: number[] = [];
    const target = await gateway((seq, acknowledge, socket) => {
      seen.push(seq);
      if (seen.length % 7 === 0) socket.destroy();
      else acknowledge();
    });
    const load = new Load({
      target,
      devices: [{ device: "d", token: "t" }],
      window: 3,
      count: 50,
      reconnect: { baseMs: 1, capMs: 1 },
    });
    await load.connect();
    load.start();
    await load.done();
    expect(load.report()).toMatchObject({ sent: 50, acknowledged: 50 });
    expect(seen.length).toBeGreaterThan(50);
    expect(new Set(seen).size).toBe(50);
    expect(load.devices[0]?.connections).toBeGreaterThan(5);
    await load.stop();
  });
});
