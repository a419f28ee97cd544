import { connect as connectTcp, type Socket } from "node:net";
import { retireDevice, rotateToken } from "@fleetlog/fleet";
import { describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { TESTER } from "../support/gateway-parts.ts";
import { startMqttEndpoint } from "../support/mqtt-endpoint.ts";
import { rawDevice } from "../support/raw-device.ts";
import { connect, PINGREQ, RawMqtt } from "../support/raw-mqtt.ts";
import { RawWebSocket } from "../support/raw-websocket.ts";
import { startWebSocketEndpoint } from "../support/websocket-endpoint.ts";

function upgrade(path: string, ...headers: string[]): string {
  const key = Buffer.alloc(16).toString("base64");
  return [
    `GET ${path} HTTP/1.1`,
    "host: x",
    "connection: upgrade",
    "upgrade: websocket",
    "sec-websocket-version: 13",
    `sec-websocket-key: ${key}`,
    ...headers,
    "\r\n",
  ].join("\r\n");
}

const LARGE_FRAME = Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0, 3, 0x0d, 0x40, 0, 0, 0, 0]);

async function unfinished(port: number, path: string, ...headers: string[]): Promise<void> {
  const socket = connectTcp(port, "127.0.0.1");
  socket.on("error", () => {});
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.write(upgrade(path, ...headers));
  await new Promise((resolve) => socket.once("data", resolve));
  socket.resume();
  socket.write(Buffer.concat([LARGE_FRAME, Buffer.alloc(20_000)]));
  await closed;
}

describe("a refused log-in", () => {
  it.each([
    ["an unknown id", "nobody", "unknown device id"],
    ["a wrong token", "d1", "wrong token"],
    ["a retired device", "d2", "retired device"],
  ])("with %s is logged as a warning with that cause, which the CONNACK does not name", async (_, device, cause) => {
    await using node = await startMqttEndpoint();
    await node.register("d1");
    await node.register("d2");
    await retireDevice(node.fleet, TESTER, "d2");
    const peer = new RawMqtt(node.port);
    peer.send(connect({ clientId: device, userName: device, password: "wrong" }));
    const connack = await peer.next();
    expect(connack.body.toString()).toContain("is not registered or was retired, or its token is wrong");
    expect(connack.body.toString()).not.toContain(cause);
    expect(node.logged).toContainEqual(
      expect.objectContaining({ level: 40, login: device, cause, msg: `log-in refused: ${cause}` }),
    );
  });

  it("of a device whose credential was lost is logged with advice to give it a new token", async () => {
    await using node = await startMqttEndpoint();
    const lost = await node.register("d1");
    const bucket = await node.backbone.buckets.open("credentials", { maxBytes: 1 });
    for (const { key } of await bucket.entries()) await bucket.delete(key);
    const attempt = async (password: string) => {
      const peer = new RawMqtt(node.port);
      peer.send(connect({ clientId: "d1", userName: "d1", password }));
      return (await peer.next()).body[1];
    };
    expect(await attempt(lost)).not.toBe(0);
    expect(node.logged).toContainEqual(
      expect.objectContaining({
        level: 40,
        cause: expect.stringMatching(/has lost its credential; give it a new token/),
      }),
    );
    const { token } = await rotateToken(node.fleet, TESTER, "d1");
    expect(await attempt(token)).toBe(0);
  });

  it("of a device that speaks TLS on the port without TLS is logged with that cause", async () => {
    await using node = await startMqttEndpoint();
    const peer = new RawMqtt(node.port);
    peer.send(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01]));
    await peer.untilClosed();
    expect(node.logged).toContainEqual(
      expect.objectContaining({ level: 40, msg: expect.stringContaining("this is a TLS handshake") }),
    );
  });
});

describe("a message before log-in", () => {
  it("that is larger than a log-in needs closes a JSON-RPC connection at once", async () => {
    await using node = await startWebSocketEndpoint();
    await unfinished(node.port, "/device");
    await eventually(() => expect(node.endpoint.connections).toBe(0));
  });

  it("that is larger than the limit of CONNECT closes an MQTT connection over WebSocket at once", async () => {
    await using node = await startMqttEndpoint();
    const port = Number(new URL(node.websocketUrl).port);
    await unfinished(port, "/mqtt", "sec-websocket-protocol: mqtt");
    await eventually(() => expect(node.endpoint.connections).toBe(0));
  });

  it("may be large after the device's log-in call, even before the log-in succeeds", async () => {
    await using node = await startWebSocketEndpoint();
    const token = await node.register("d1");
    const raw = await RawWebSocket.open(node.url);
    raw.send({ jsonrpc: "2.0", method: "rpc.login", params: { device: "d1", token }, id: 1 });
    const params = { data: { text: "x".repeat(200_000) } };
    raw.send({ jsonrpc: "2.0", method: "telemetry.report", params, id: 2 });
    expect(await raw.next()).toMatchObject({ id: 1, result: true });
    expect(await raw.next()).toMatchObject({ id: 2, result: {} });
  });
});

describe.each(["FIN", "RST"] as const)("a peer that closes its connection by %s right after its log-in", (how) => {
  const PEERS = 100;

  async function sendAndGo(port: number, bytes: string | Buffer): Promise<void> {
    const socket: Socket = connectTcp(port, "127.0.0.1");
    socket.on("error", () => {});
    socket.resume();
    const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    await new Promise<void>((resolve) => socket.once("connect", () => resolve()));
    // Both happen in one turn of the event loop, so that the gateway reads the bytes and the end together.
    socket.write(bytes);
    if (how === "FIN") socket.end();
    else socket.resetAndDestroy();
    await closed;
  }

  it("takes over no MQTT session", async () => {
    await using node = await startMqttEndpoint();
    const token = await node.register("d1");
    const { peer } = await rawDevice(node, "d1", token);
    const login = connect({ clientId: "d1", userName: "d1", password: token });
    await Promise.all(Array.from({ length: PEERS }, () => sendAndGo(node.port, login)));
    await eventually(() => expect(node.endpoint.connections).toBe(1));
    peer.send(PINGREQ);
    expect((await peer.next()).type).toBe(13);
    expect(await node.events("d1", "session")).toHaveLength(1);
  });

  it("takes over no JSON-RPC session", async () => {
    await using node = await startWebSocketEndpoint();
    const token = await node.register("d1");
    const live = await RawWebSocket.open(node.urlOf("d1", token));
    await live.call("__listMethods");
    const login = upgrade("/device", `authorization: Bearer ${token}`);
    await Promise.all(Array.from({ length: PEERS }, () => sendAndGo(node.port, login)));
    await eventually(() => expect(node.endpoint.connections).toBe(1));
    expect(await live.call("telemetry.report", { data: { n: 1 } })).toMatchObject({ result: {} });
    expect(await node.events("d1", "session")).toHaveLength(1);
  });
});
