import { connect as connectTcp } from "node:net";
import { type Duplex, duplexPair } from "node:stream";
import { mutated, randomBytes, seeded } from "@fleetlog/runtime/testing";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { eventually } from "../support/eventually.ts";
import { bytesInUse } from "../support/memory.ts";
import { type MqttTestEndpoint, startMqttEndpoint } from "../support/mqtt-endpoint.ts";
import { type RawDevice, rawDevice } from "../support/raw-device.ts";
import {
  acknowledgementOf,
  connect,
  DISCONNECT,
  type Level,
  PINGREQ,
  packet,
  properties,
  publish,
  subscribe,
  text,
  u16,
  u32,
  unsubscribe,
} from "../support/raw-mqtt.ts";

const MIB = 1024 * 1024;

let node: MqttTestEndpoint;
let token: string;
let bystander: RawDevice;

beforeAll(async () => {
  node = await startMqttEndpoint({ limits: { connections: 100_000 } });
  token = await node.register("victim");
  bystander = await rawDevice(node, "bystander", await node.register("bystander"), { keepAlive: 0 });
});
afterAll(() => node[Symbol.asyncDispose]());

async function bystanderIsWell(): Promise<void> {
  bystander.peer.send(publish({ topic: "me/telemetry", payload: '{"data":{}}', qos: 1, id: 42 }));
  expect(acknowledgementOf(await bystander.peer.next())).toEqual({ type: 4, id: 42, code: 0 });
}

interface Pair {
  readonly client: Duplex;
  readonly over: Promise<void>;
  destroy(): void;
}

/** A connection in memory, so that thousands can be opened in a second. */
function connection(): Pair {
  const [client, server] = duplexPair();
  client.resume();
  client.on("error", () => {});
  const over = new Promise<void>((resolve) => server.once("close", () => resolve()));
  node.endpoint.accept(server, "memory:0");
  const destroy = (): void => {
    client.destroy();
    server.destroy();
  };
  return { client, over, destroy };
}

function session(level: Level): Buffer[] {
  const v5 = (...parts: (Buffer | number[])[]) => (level === 5 ? properties(...parts) : Buffer.alloc(0));
  return [
    publish({ level, topic: "me/telemetry", payload: '{"data":{"t":1}}', qos: 0 }),
    publish({ level, topic: "me/telemetry", payload: '[{"data":{"t":1},"boot":1,"seq":2}]', qos: 1, id: 1 }),
    publish({
      level,
      topic: "me/event/x",
      payload: '{"data":null}',
      qos: 2,
      id: 2,
      properties: v5([0x23], u16(1), [0x26], text("a"), text("b")),
    }),
    packet(0x62, u16(2)),
    subscribe(level, 3, ["me/command/+", 1], ["me/#", 2]),
    unsubscribe(level, 4, "me/#"),
    packet(0x40, u16(5), level === 5 ? [0x80] : [], v5([0x1f], text("no"))),
    packet(0x50, u16(6)),
    packet(0x70, u16(7)),
    PINGREQ,
    packet(0xe0, level === 5 ? [0x04] : [], v5([0x11], u32(10))),
  ];
}

describe("random bytes", () => {
  it("in a hundred thousand connections affect no other connection and leak no memory", {
    timeout: 120_000,
  }, async () => {
    const random = seeded(1);
    const connects = ([3, 4, 5] as const).map((level) =>
      connect({
        level,
        clientId: "nobody",
        userName: "nobody",
        password: "x",
        properties: properties([0x11], u32(9), [0x26], text("k"), text("v")),
      }),
    );
    const round = async (count: number) => {
      for (let i = 0; i < count; i++) {
        const { client, over, destroy } = connection();
        const bytes =
          random(2) === 0 ? randomBytes(random, 1 + random(64)) : mutated(random, connects[random(3)] as Buffer);
        const cut = random(bytes.length + 1);
        client.write(bytes.subarray(0, cut));
        client.end(bytes.subarray(cut));
        if (random(4) === 0) destroy();
        if (i % 100 === 99) await over;
      }
    };
    await round(5_000);
    await eventually(() => expect(node.endpoint.connections).toBe(1));
    const before = await bytesInUse();
    await round(100_000);
    await eventually(() => expect(node.endpoint.connections).toBe(1));
    expect((await bytesInUse()) - before).toBeLessThan(4 * MIB);
    expect(node.sessions.size).toBe(1);
    await bystanderIsWell();
  });

  it.each([3, 4, 5] as const)(
    "from a logged-in device affect no other connection, at level %i",
    { timeout: 120_000 },
    async (level) => {
      const random = seeded(level);
      const whole = session(level);
      for (let i = 0; i < 1_500; i++) {
        const { client, over } = connection();
        client.write(connect({ level, clientId: "victim", userName: "victim", password: token, clean: random(3) > 0 }));
        for (let j = 0; j < 20; j++) {
          const bytes = whole[random(whole.length)] as Buffer;
          client.write(random(3) === 0 ? mutated(random, bytes) : bytes);
        }
        client.end(DISCONNECT);
        if (i % 10 === 9) await over;
      }
      await eventually(() => expect(node.endpoint.connections).toBe(1));
      await bystanderIsWell();
      expect(node.logged.filter(({ level }) => Number(level) >= 50)).toEqual([]);
    },
  );
});

describe("a peer that tries to use up memory", () => {
  it("makes the gateway allocate nothing for a packet that the peer only announces", async () => {
    const announcement = publish({ topic: "me/telemetry", payload: Buffer.alloc(250_000) }).subarray(0, 20);
    const devices = await Promise.all(Array.from({ length: 100 }, (_, i) => node.register(`announcer-${i}`)));
    const before = await bytesInUse();
    const pairs = devices.map((password, i) => {
      const pair = connection();
      pair.client.write(
        Buffer.concat([connect({ clientId: `announcer-${i}`, userName: `announcer-${i}`, password }), announcement]),
      );
      return pair;
    });
    await eventually(() => expect(node.sessions.size).toBe(101));
    expect((await bytesInUse()) - before).toBeLessThan(5 * MIB);
    for (const { destroy } of pairs) destroy();
    await eventually(() => expect(node.endpoint.connections).toBe(1));
  });

  it("may send a large packet byte by byte", async () => {
    const { peer } = await rawDevice(node, "victim", token);
    const report = publish({
      topic: "me/telemetry",
      payload: JSON.stringify({ data: { text: "x".repeat(100_000) } }),
      qos: 1,
      id: 9,
    });
    for (let at = 0; at < report.length; at++) {
      peer.socket.write(report.subarray(at, at + 1));
      if (at % 4_096 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(acknowledgementOf(await peer.next())).toEqual({ type: 4, id: 9, code: 0 });
    peer.destroy();
    const { client, destroy } = connection();
    const acknowledged = new Promise<Buffer>((resolve) => {
      client.on("data", (data: Buffer) => {
        if (data.subarray(-4)[0] === 0x40) resolve(data.subarray(-4));
      });
    });
    client.write(connect({ level: 4, clientId: "victim", userName: "victim", password: token }));
    const bytes = publish({
      level: 4,
      topic: "me/telemetry",
      payload: JSON.stringify({ data: { text: "x".repeat(100_000) } }),
      qos: 1,
      id: 9,
    });
    for (let at = 0; at < bytes.length; at++) {
      if (!client.write(bytes.subarray(at, at + 1))) await new Promise((resolve) => client.once("drain", resolve));
    }
    expect(await acknowledged).toEqual(Buffer.from([0x40, 2, 0, 9]));
    destroy();
  });

  it("is no longer read when it does not read its answers, even without a rate limit", async () => {
    await using own = await startMqttEndpoint({ sessions: { eventsPerSecond: 1e9, burst: 1e9 } });
    const [client, server] = duplexPair();
    client.on("error", () => {});
    own.endpoint.accept(server, "memory:0");
    const password = await own.register("deaf");
    client.write(connect({ clientId: "deaf", userName: "deaf", password }));
    await eventually(() => expect(own.sessions.size).toBe(1));
    const before = await bytesInUse();
    // The client reuses one buffer, so any growth is the server's.
    const questions = Buffer.alloc(MIB, PINGREQ);
    for (let i = 0; i < 16; i++) client.write(questions);
    await eventually(() => expect(server.writableNeedDrain).toBe(true));
    expect(client.writableLength).toBeGreaterThan(14 * MIB);
    expect(server.writableLength).toBeLessThan(128 * 1_024);
    expect((await bytesInUse()) - before).toBeLessThan(2.5 * MIB);
    client.destroy();
    server.destroy();
  });

  it("is disconnected when it never reads", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
    try {
      await using own = await startMqttEndpoint();
      const [client, server] = duplexPair();
      client.on("error", () => {});
      own.endpoint.accept(server, "memory:0");
      const password = await own.register("deaf");
      client.write(connect({ clientId: "deaf", userName: "deaf", password, keepAlive: 0 }));
      await eventually(() => expect(own.sessions.size).toBe(1));
      client.write(Buffer.alloc(256 * 1_024, PINGREQ));
      await eventually(() => expect(server.writableNeedDrain).toBe(true));
      vi.advanceTimersByTime(29_000);
      expect(own.endpoint.connections).toBe(1);
      vi.advanceTimersByTime(3_000);
      await eventually(() => expect(own.endpoint.connections).toBe(0));
      await eventually(async () => {
        expect((await own.events("deaf", "session")).at(-1)).toMatchObject({
          type: "SessionClosed",
          data: { reason: "timeout", detail: expect.stringContaining("does not read") },
        });
      });
    } finally {
      vi.useRealTimers();
    }
  });

  it("is not read while the log is away, and loses no report", async () => {
    const { peer } = await rawDevice(node, "victim", token, { level: 4 });
    const earlier = (await node.events("victim", "telemetry")).length;
    node.backbone.away();
    const before = await bytesInUse();
    const count = 500;
    // The text is larger than Node's pooled buffers, so that the client's memory can be measured exactly.
    const filler = "x".repeat(40_000);
    for (let n = 1; n <= count; n++) {
      peer.send(
        publish({ level: 4, topic: "me/telemetry", payload: JSON.stringify({ data: { n, filler } }), qos: 1, id: n }),
      );
    }
    await eventually(() => expect(peer.socket.writableLength).toBeGreaterThan(MIB));
    expect((await bytesInUse()) - before - peer.socket.writableLength).toBeLessThan(6 * MIB);
    expect(peer.packets).toEqual([]);
    node.backbone.back();
    for (let n = 1; n <= count; n++) expect(acknowledgementOf(await peer.next()).id).toBe(n);
    expect((await node.events("victim", "telemetry")).length - earlier).toBe(count);
    peer.destroy();
  });

  it("costs little memory when it connects and sends nothing", async () => {
    const before = await bytesInUse();
    const sockets = Array.from({ length: 300 }, () => connectTcp(node.port, "127.0.0.1"));
    await eventually(() => expect(node.endpoint.connections).toBeGreaterThanOrEqual(300));
    // Both ends of each connection are in this process.
    expect((await bytesInUse()) - before).toBeLessThan(300 * 20 * 1_024);
    for (const socket of sockets) socket.destroy();
    await eventually(() => expect(node.endpoint.connections).toBe(1));
  });
});
