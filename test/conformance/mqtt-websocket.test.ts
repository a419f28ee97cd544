import { connect as connectTcp } from "node:net";
import mqtt from "mqtt";
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { eventually } from "../support/eventually.ts";
import { startMqttEndpoint } from "../support/mqtt-endpoint.ts";
import { onceOf } from "../support/once.ts";
import { connect, PINGREQ, publish } from "../support/raw-mqtt.ts";

function opened(url: string, protocols: string[]): Promise<WebSocket> {
  const socket = new WebSocket(url, protocols);
  return new Promise((resolve, reject) => socket.once("open", () => resolve(socket)).once("error", reject));
}

function closed(socket: WebSocket): Promise<number> {
  return new Promise((resolve) => socket.once("close", resolve));
}

async function bytes(socket: WebSocket, count: number): Promise<Buffer> {
  let received = Buffer.alloc(0);
  await new Promise<void>((resolve) =>
    socket.on("message", (data: Buffer) => {
      received = Buffer.concat([received, data]);
      if (received.length >= count) resolve();
    }),
  );
  return received;
}

describe("MQTT over WebSocket [MQTT 6]", () => {
  it.each([3, 4, 5] as const)("serves MQTT.js at level %i", async (protocolVersion) => {
    await using node = await startMqttEndpoint();
    const password = await node.register("d1");
    const client = await mqtt.connectAsync(node.websocketUrl, {
      clientId: "d1",
      username: "d1",
      password,
      protocolVersion,
      ...(protocolVersion === 3 && { protocolId: "MQIsdp" }),
      reconnectPeriod: 0,
    });
    const commands: string[] = [];
    client.on("message", (topic) => commands.push(topic));
    await client.subscribeAsync("me/command/+", { qos: 1 });
    await client.publishAsync("me/telemetry", JSON.stringify({ data: { text: "x".repeat(200_000) } }), { qos: 2 });
    expect(await node.events("d1", "telemetry")).toHaveLength(1);
    const { id } = await node.issue("d1", "reboot");
    await eventually(() => expect(commands).toEqual([`me/command/${id}`]));
    expect((await node.events("d1", "session"))[0]?.data).toMatchObject({ address: expect.stringMatching(/:\d+$/) });
    await client.endAsync();
    await eventually(() => expect(node.endpoint.connections).toBe(0));
  });

  it("reads packets independently of message boundaries", async () => {
    await using node = await startMqttEndpoint();
    const token = await node.register("d1");
    const socket = await opened(node.websocketUrl, ["mqtt"]);
    expect(socket.protocol).toBe("mqtt");
    const sent = Buffer.concat([
      connect({ level: 4, clientId: "d1", userName: "d1", password: token }),
      publish({ level: 4, topic: "me/telemetry", payload: '{"data":{}}', qos: 1, id: 3 }),
    ]);
    const answers = bytes(socket, 8);
    for (let at = 0; at < sent.length; at += 11) socket.send(sent.subarray(at, at + 11));
    expect(await answers).toEqual(Buffer.from([0x20, 2, 0, 0, 0x40, 2, 0, 3]));
    const both = bytes(socket, 4);
    socket.send(Buffer.concat([PINGREQ, PINGREQ]));
    expect(await both).toEqual(Buffer.from([0xd0, 0, 0xd0, 0]));
    socket.close();
  });

  it("sends no pongs to a client that does not read", async () => {
    await using node = await startMqttEndpoint();
    const password = await node.register("d1");
    const socket = await opened(node.websocketUrl, ["mqtt"]);
    const connack = bytes(socket, 4);
    socket.send(connect({ level: 4, clientId: "d1", userName: "d1", password }));
    await connack;
    socket.ping();
    await new Promise((resolve) => socket.once("pong", resolve));
    let pongs = 0;
    socket.on("pong", () => pongs++);
    socket.pause();
    // These are more than the kernels' buffers hold.
    const pings = 300_000;
    for (let sent = 0; sent < pings; sent++) {
      if (sent % 1_000 === 999) await new Promise((resolve) => socket.ping(Buffer.alloc(125), undefined, resolve));
      else socket.ping(Buffer.alloc(125));
    }
    await new Promise((resolve) => socket.send(PINGREQ, resolve));
    const answer = bytes(socket, 2);
    socket.resume();
    expect(await answer).toEqual(Buffer.from([0xd0, 0]));
    expect(pongs).toBeLessThan(pings);
    socket.terminate();
  });

  it("closes on text [MQTT-6.0.0-1]", async () => {
    await using node = await startMqttEndpoint();
    const socket = await opened(node.websocketUrl, ["mqtt"]);
    socket.send("hello");
    expect(await closed(socket)).toBe(1003);
    await eventually(() => expect(node.endpoint.connections).toBe(0));
  });

  it("closes on a malformed packet, on a message that is too large, and when the node stops", async () => {
    await using node = await startMqttEndpoint({ limits: { payloadBytes: 1_024 } });
    const malformed = await opened(node.websocketUrl, ["mqtt"]);
    malformed.send(Buffer.from([0, 0]));
    await closed(malformed);
    const large = await opened(node.websocketUrl, ["mqtt"]);
    const reason = new Promise((resolve) => large.once("close", (_code, text) => resolve(text.toString())));
    large.send(Buffer.alloc(10_000, 0x10));
    expect(await closed(large)).toBe(1009);
    expect(await reason).toBe("a message is larger than 2048 bytes");
    const password = await node.register("d1");
    const client = await mqtt.connectAsync(node.websocketUrl, {
      clientId: "d1",
      username: "d1",
      password,
      protocolVersion: 5,
      reconnectPeriod: 0,
    });
    const reasons: unknown[] = [];
    client.on("disconnect", (packet) => reasons.push(packet));
    const closes = onceOf(client, "close");
    await node.stop();
    await closes;
    expect(reasons).toEqual([]);
    expect(node.endpoint.connections).toBe(0);
  });

  it.each([[], ["soap"]])(
    "is refused without the subprotocol mqtt [MQTT-6.0.0-3]: %s",
    async (...protocols: string[]) => {
      await using node = await startMqttEndpoint();
      await expect(opened(node.websocketUrl, protocols.filter(Boolean))).rejects.toThrow("400");
      expect(node.endpoint.connections).toBe(0);
    },
  );

  it("survives invalid handshakes", async () => {
    await using node = await startMqttEndpoint();
    const { port, pathname } = new URL(node.websocketUrl);
    const request = (headers: string) =>
      `GET ${pathname} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${headers}\r\n\r\n`;
    for (const headers of [
      "Sec-WebSocket-Protocol: mqtt",
      "Sec-WebSocket-Protocol: mqtt\r\nSec-WebSocket-Key: x",
      "",
    ]) {
      const socket = connectTcp(Number(port), "127.0.0.1");
      socket.write(request(headers));
      const [first] = await new Promise<Buffer[]>((resolve) => socket.once("data", (data) => resolve([data])));
      expect(first?.toString()).toMatch(/^HTTP\/1\.1 400/);
      socket.destroy();
    }
    const gone = connectTcp(Number(port), "127.0.0.1");
    gone.write(request("Sec-WebSocket-Protocol: mqtt"));
    gone.resetAndDestroy();
    const socket = await opened(node.websocketUrl, ["mqtt"]);
    socket.terminate();
    await eventually(() => expect(node.endpoint.connections).toBe(0));
  });
});
