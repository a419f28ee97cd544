import mqtt from "mqtt";
import { describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { type MqttTestEndpoint, startMqttEndpoint } from "../support/mqtt-endpoint.ts";
import { type RawDevice, rawDevice } from "../support/raw-device.ts";
import {
  acknowledgementOf,
  type ConnectFields,
  DISCONNECT,
  disconnectOf,
  type Level,
  packet,
  properties,
  publish,
  subscribe,
  u16,
  u32,
} from "../support/raw-mqtt.ts";

const HOUR = 3_600;
/** CONNECT for a session that outlives its connection, in MQTT 5 by one hour. */
const lasting = (level: Level): Omit<ConnectFields, "level"> =>
  level === 5 ? { clean: false, properties: properties([0x11], u32(HOUR)) } : { clean: false };

function unlessExpiry(body: Buffer, level: Level): Buffer {
  if (level < 5) return body;
  // The value follows topic, packet identifier, length of the properties and identifier of the property.
  const value = 2 + body.readUInt16BE(0) + 2 + 1 + 1;
  expect(body.subarray(value - 2, value)).toEqual(Buffer.from([5, 0x02]));
  return Buffer.concat([body.subarray(0, value), body.subarray(value + 4)]);
}

async function leave(
  node: MqttTestEndpoint,
  { peer }: RawDevice,
  bytes: Buffer | undefined = DISCONNECT,
): Promise<void> {
  if (bytes === undefined) peer.destroy();
  else peer.send(bytes);
  await peer.untilClosed();
  await eventually(() => expect(node.endpoint.connections).toBe(0));
}

async function telemetry(node: MqttTestEndpoint): Promise<unknown[]> {
  return (await node.events("d1", "telemetry")).map(({ data }) => (data as { data: unknown }).data);
}

describe.each([4, 5] as const)("a session of level %i", (level) => {
  it.each([
    { how: "a DISCONNECT", bytes: DISCONNECT },
    { how: "a lost connection", bytes: undefined },
  ])("that is not clean survives $how with its subscriptions [MQTT-3.1.2-5]", async ({ bytes }) => {
    await using node = await startMqttEndpoint();
    const token = await node.register("d1");
    const first = await rawDevice(node, "d1", token, { level, ...lasting(level) });
    expect(first.sessionPresent).toBe(false);
    first.peer.send(subscribe(level, 1, ["me/command/+", 1]));
    await first.peer.next();
    await leave(node, first, bytes);
    const command = await node.issue("d1", "missed");
    const again = await rawDevice(node, "d1", token, { level, ...lasting(level) });
    expect(again.sessionPresent).toBe(true);
    const publication = await again.peer.next();
    expect(publication.body.toString("utf8")).toContain(`me/command/${command.id}`);
    expect((publication.flags >> 1) & 3).toBe(1);
  });

  it("that is clean keeps nothing, and removes an earlier session [MQTT-3.1.2-6]", async () => {
    await using node = await startMqttEndpoint();
    const token = await node.register("d1");
    const first = await rawDevice(node, "d1", token, { level, ...lasting(level) });
    first.peer.send(subscribe(level, 1, ["me/command/+", 1]));
    await first.peer.next();
    await leave(node, first);
    const clean = await rawDevice(node, "d1", token, { level });
    expect(clean.sessionPresent).toBe(false);
    await leave(node, clean);
    const later = await rawDevice(node, "d1", token, { level, ...lasting(level) });
    expect(later.sessionPresent).toBe(false);
  });

  it("continues on another node while its first connection is open", async () => {
    await using node = await startMqttEndpoint();
    await using other = await startMqttEndpoint({ beside: node.backbone, gateway: "gateway-2" });
    const token = await node.register("d1");
    const first = await rawDevice(node, "d1", token, { level, ...lasting(level) });
    first.peer.send(subscribe(level, 1, ["me/command/+", 2]));
    await first.peer.next();
    const moved = await rawDevice(other, "d1", token, { level, ...lasting(level) });
    expect(moved.sessionPresent).toBe(true);
    expect(disconnectOf(await first.peer.untilClosed())).toBe(level === 5 ? 0x8e : undefined);
    await other.issue("d1", "here");
    expect((await moved.peer.next()).type).toBe(3);
  });

  it("remembers QoS 2 publications that were not released [MQTT-4.3.3-10], [MQTT-4.4.0-1]", async () => {
    await using node = await startMqttEndpoint();
    const token = await node.register("d1");
    const once = { level, topic: "me/telemetry", payload: '{"data":{"n":1}}', qos: 2, id: 5 } as const;
    const first = await rawDevice(node, "d1", token, { level, ...lasting(level) });
    first.peer.send(publish(once));
    expect(acknowledgementOf(await first.peer.next())).toMatchObject({ type: 5, id: 5, code: 0 });
    await leave(node, first, undefined);
    const again = await rawDevice(node, "d1", token, { level, ...lasting(level) });
    again.peer.send(publish({ ...once, dup: true }));
    expect(acknowledgementOf(await again.peer.next())).toMatchObject({ type: 5, id: 5, code: 0 });
    again.peer.send(packet(0x62, u16(5)));
    expect(acknowledgementOf(await again.peer.next())).toMatchObject({ type: 7, id: 5, code: 0 });
    expect(await telemetry(node)).toEqual([{ n: 1 }]);
  });

  it.each(["the same node", "another node"])(
    "that has no subscriptions is taken over on %s with its QoS 2 publications [MQTT-3.2.2-3], [MQTT-4.3.3-10]",
    async (where) => {
      await using node = await startMqttEndpoint();
      await using other = await startMqttEndpoint({ beside: node.backbone, gateway: "gateway-2" });
      const token = await node.register("d1");
      const once = { level, topic: "me/telemetry", payload: '{"data":{"n":1}}', qos: 2, id: 5 } as const;
      const first = await rawDevice(node, "d1", token, { level, ...lasting(level) });
      first.peer.send(publish(once));
      expect(acknowledgementOf(await first.peer.next())).toMatchObject({ type: 5, id: 5, code: 0 });
      const next = where === "the same node" ? node : other;
      const second = await rawDevice(next, "d1", token, { level, ...lasting(level) });
      expect(second.sessionPresent).toBe(true);
      second.peer.send(publish({ ...once, dup: true }), packet(0x62, u16(5)));
      expect(acknowledgementOf(await second.peer.next())).toMatchObject({ type: 5, id: 5, code: 0 });
      expect(acknowledgementOf(await second.peer.next())).toMatchObject({ type: 7, id: 5, code: 0 });
      expect(await telemetry(node)).toEqual([{ n: 1 }]);
    },
  );

  it("is present after a crash of its node, although the device never subscribed", async () => {
    await using node = await startMqttEndpoint();
    await using other = await startMqttEndpoint({ beside: node.backbone, gateway: "gateway-2" });
    const token = await node.register("d1");
    await rawDevice(node, "d1", token, { level, ...lasting(level) });
    await node.backbone.close();
    const moved = await rawDevice(other, "d1", token, { level, ...lasting(level) });
    expect(moved.sessionPresent).toBe(true);
  });

  it("remembers a QoS 2 publication that the log stored after the connection had ended", async () => {
    await using node = await startMqttEndpoint();
    const token = await node.register("d1");
    const once = { level, topic: "me/telemetry", payload: '{"data":{"n":1}}', qos: 2, id: 5 } as const;
    const first = await rawDevice(node, "d1", token, { level, ...lasting(level) });
    node.backbone.full();
    const event = { level, topic: "me/event/x", payload: '{"data":null}', qos: 2, id: 6 } as const;
    first.peer.send(publish(once), publish(event));
    await eventually(async () => expect(await telemetry(node)).toEqual([{ n: 1 }]));
    first.peer.destroy();
    await eventually(() => expect(node.endpoint.connections).toBe(0));
    node.backbone.room();
    const again = await rawDevice(node, "d1", token, { level, ...lasting(level) });
    again.peer.send(publish({ ...once, dup: true }), publish({ ...event, dup: true }));
    expect(acknowledgementOf(await again.peer.next())).toMatchObject({ type: 5, id: 5 });
    expect(acknowledgementOf(await again.peer.next())).toMatchObject({ type: 5, id: 6 });
    expect(await telemetry(node)).toEqual([{ n: 1 }]);
    expect(await node.events("d1", "event")).toHaveLength(1);
  });

  it("repeats a command that was not acknowledged, with its identifier and DUP [MQTT-3.3.1-1]", async () => {
    await using node = await startMqttEndpoint();
    const token = await node.register("d1");
    const first = await rawDevice(node, "d1", token, { level, ...lasting(level) });
    first.peer.send(subscribe(level, 1, ["me/command/+", 1]));
    await first.peer.next();
    await node.issue("d1", "again");
    const sent = await first.peer.next();
    await leave(node, first, undefined);
    const again = await rawDevice(node, "d1", token, { level, ...lasting(level) });
    const repeated = await again.peer.next();
    expect(repeated.flags).toBe(sent.flags | 0x08);
    // The messages are equal except for the expiry of MQTT 5, which is the remaining time [MQTT-3.3.2-6].
    expect(unlessExpiry(repeated.body, level)).toEqual(unlessExpiry(sent.body, level));
  });

  it("repeats PUBREL, not the message, if the device has received a QoS 2 message [MQTT-4.4.0-1]", async () => {
    await using node = await startMqttEndpoint();
    const token = await node.register("d1");
    const first = await rawDevice(node, "d1", token, { level, ...lasting(level) });
    first.peer.send(subscribe(level, 1, ["me/command/+", 2]));
    await first.peer.next();
    await node.issue("d1", "once");
    const sent = await first.peer.next();
    const id = sent.body.subarray(2 + sent.body.readUInt16BE(0)).subarray(0, 2);
    first.peer.send(packet(0x50, id));
    expect((await first.peer.next()).type).toBe(6);
    await leave(node, first, undefined);
    const again = await rawDevice(node, "d1", token, { level, ...lasting(level) });
    expect(await again.peer.next()).toEqual({ type: 6, flags: 2, body: id });
    again.peer.send(packet(0x70, id));
    await eventually(async () => {
      expect((await node.events("d1", "command")).map(({ type }) => type)).toEqual([
        "CommandIssued",
        "CommandDelivered",
      ]);
    });
    expect(again.peer.packets).toEqual([]);
  });

  it("is replaced by a newer connection on the same node [MQTT-3.1.4-3]", async () => {
    await using node = await startMqttEndpoint();
    const token = await node.register("d1");
    const first = await rawDevice(node, "d1", token, { level, ...lasting(level) });
    first.peer.send(subscribe(level, 1, ["me/command/+", 1]));
    await first.peer.next();
    const second = await rawDevice(node, "d1", token, { level, ...lasting(level) });
    expect(disconnectOf(await first.peer.untilClosed())).toBe(level === 5 ? 0x8e : undefined);
    expect(second.sessionPresent).toBe(true);
    const types = (await node.events("d1", "session")).map(({ type }) => type);
    expect(types).toEqual(["SessionOpened", "SessionOpened"]);
    await node.issue("d1", "here");
    expect((await second.peer.next()).type).toBe(3);
  });

  it("is kept when the node stops, which closes the connection without DISCONNECT", async () => {
    const node = await startMqttEndpoint();
    const other = await startMqttEndpoint({ beside: node.backbone, gateway: "gateway-2" });
    const token = await node.register("d1");
    const first = await rawDevice(node, "d1", token, { level, ...lasting(level) });
    first.peer.send(subscribe(level, 1, ["me/command/+", 1]));
    await first.peer.next();
    await node.stop();
    expect(disconnectOf(await first.peer.untilClosed())).toBeUndefined();
    const moved = await rawDevice(other, "d1", token, { level, ...lasting(level) });
    expect(moved.sessionPresent).toBe(true);
    await other[Symbol.asyncDispose]();
    await node[Symbol.asyncDispose]();
  });
});

describe("session expiry of MQTT 5 [MQTT-3.1.2-23]", () => {
  async function expiring(seconds: number, farewell?: Buffer) {
    let now = Date.now();
    const node = await startMqttEndpoint({ clock: () => now });
    const token = await node.register("d1");
    const fields = { clean: false, properties: properties([0x11], u32(seconds)) };
    await leave(node, await rawDevice(node, "d1", token, fields), farewell);
    return {
      after: async (passed: number) => {
        now += passed * 1_000;
        const { sessionPresent, peer } = await rawDevice(node, "d1", token, fields);
        peer.destroy();
        return sessionPresent;
      },
      [Symbol.asyncDispose]: () => node[Symbol.asyncDispose](),
    };
  }

  it("keeps the session until it has passed", async () => {
    await using run = await expiring(60);
    expect(await run.after(59)).toBe(true);
  });

  it("ends the session once it has passed", async () => {
    await using run = await expiring(60);
    expect(await run.after(61)).toBe(false);
  });

  it("is 0 by default", async () => {
    await using run = await expiring(0);
    expect(await run.after(0)).toBe(false);
  });

  it("can be changed in DISCONNECT", async () => {
    await using longer = await expiring(60, packet(0xe0, [0], properties([0x11], u32(600))));
    expect(await longer.after(599)).toBe(true);
    await using none = await expiring(60, packet(0xe0, [0], properties([0x11], u32(0))));
    expect(await none.after(0)).toBe(false);
  });

  it("does not run while the device is connected, even if the node crashes later", async () => {
    let now = Date.now();
    await using node = await startMqttEndpoint({ clock: () => now });
    await using other = await startMqttEndpoint({ beside: node.backbone, gateway: "gateway-2", clock: () => now });
    const token = await node.register("d1");
    const fields = { clean: false, properties: properties([0x11], u32(60)) };
    await leave(node, await rawDevice(node, "d1", token, fields));
    now += 50_000;
    await rawDevice(node, "d1", token, fields);
    now += 50_000;
    await node.backbone.close();
    expect((await rawDevice(other, "d1", token, fields)).sessionPresent).toBe(true);
  });

  it("can't be set in DISCONNECT when it was 0 [MQTT-3.14.2-2]", async () => {
    await using node = await startMqttEndpoint();
    const { peer } = await rawDevice(node, "d1", await node.register("d1"));
    peer.send(packet(0xe0, [0], properties([0x11], u32(10))));
    expect(disconnectOf(await peer.untilClosed())).toBe(0x82);
  });
});

describe("MQTT 3.1", () => {
  it("has no session present flag, but keeps sessions", async () => {
    await using node = await startMqttEndpoint();
    const token = await node.register("d1");
    const first = await rawDevice(node, "d1", token, { level: 3, clean: false });
    // Only MQTT 3.1 has DUP on SUBSCRIBE.
    const [header, ...rest] = subscribe(3, 1, ["me/command/+", 1]);
    first.peer.send(Buffer.from([(header ?? 0) | 0x08, ...rest]));
    expect((await first.peer.next()).type).toBe(9);
    await leave(node, first);
    const command = await node.issue("d1", "missed");
    const again = await rawDevice(node, "d1", token, { level: 3, clean: false });
    expect(again.sessionPresent).toBe(false);
    expect((await again.peer.next()).body.toString("utf8")).toContain(command.id);
  });
});

describe("MQTT.js", () => {
  it.each([4, 5] as const)(
    "continues its session by itself after a lost connection, at level %i",
    async (protocolVersion) => {
      await using node = await startMqttEndpoint();
      const password = await node.register("d1");
      const client = await mqtt.connectAsync(node.url, {
        clientId: "d1",
        username: "d1",
        password,
        protocolVersion,
        clean: false,
        reconnectPeriod: 20,
        resubscribe: false,
        ...(protocolVersion === 5 && { properties: { sessionExpiryInterval: HOUR } }),
      });
      const commands: string[] = [];
      client.on("message", (topic) => commands.push(topic));
      await client.subscribeAsync("me/command/+", { qos: 2 });
      const back = new Promise<boolean>((resolve) =>
        client.once("connect", (connack) => resolve(connack.sessionPresent)),
      );
      node.sessions.get("d1")?.end("log-unavailable", "a test");
      const missed = await node.issue("d1", "missed");
      expect(await back).toBe(true);
      await eventually(() => expect(commands).toEqual([`me/command/${missed.id}`]));
      await client.endAsync();
    },
  );
});
