import { describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { startMqttEndpoint } from "../support/mqtt-endpoint.ts";
import { rawDevice } from "../support/raw-device.ts";
import {
  acknowledgementOf,
  connackOf,
  connect,
  packet,
  properties,
  publish,
  RawMqtt,
  text,
} from "../support/raw-mqtt.ts";
import { RawWebSocket } from "../support/raw-websocket.ts";
import { startWebSocketEndpoint } from "../support/websocket-endpoint.ts";

describe("one device", () => {
  it("that disconnects with a long reason leaves only the reason's first 128 characters in the log", async () => {
    await using node = await startMqttEndpoint();
    const { peer } = await rawDevice(node, "d1", await node.register("d1"));
    const reason = properties([0x1f], text("x".repeat(60_000)));
    peer.send(packet(0xe0, [0x04], reason));
    await eventually(async () => expect((await node.events("d1", "session")).at(-1)?.type).toBe("SessionClosed"));
    const [, closed] = await node.events("d1", "session");
    expect(closed?.data).toMatchObject({ detail: `${"x".repeat(128)}…` });
  });

  it("that logs in too often is refused, in MQTT 5 with the time to wait, while other devices can log in", async () => {
    await using node = await startMqttEndpoint({ sessions: { loginsPerMinute: 3 } });
    const token = await node.register("d1");
    for (let i = 0; i < 3; i++) await rawDevice(node, "d1", token);
    const peer = new RawMqtt(node.port);
    peer.send(connect({ clientId: "d1", userName: "d1", password: token }));
    const connack = await peer.next();
    expect(connackOf(connack).code).toBe(0x9f);
    expect(connack.body.toString()).toMatch(/this device logs in too often; retry after \d+ s/);
    const older = new RawMqtt(node.port);
    older.send(connect({ level: 4, clientId: "d1", userName: "d1", password: token }));
    expect(connackOf(await older.next()).code).toBe(3);
    expect((await node.events("d1", "session")).filter(({ type }) => type === "SessionOpened")).toHaveLength(3);
    await rawDevice(node, "d2", await node.register("d2"));
  });

  it("that logs in too often over WebSocket is refused with the time to wait", async () => {
    await using node = await startWebSocketEndpoint({ sessions: { loginsPerMinute: 1 } });
    const token = await node.register("d1");
    const first = await RawWebSocket.open(node.urlOf("d1", token));
    await first.call("__listMethods");
    const atUpgrade = await RawWebSocket.open(node.urlOf("d1", token));
    expect(await atUpgrade.closed).toMatchObject({ code: 1013, reason: expect.stringMatching(/retry after \d+ s/) });
    const byCall = await RawWebSocket.open(node.url);
    const answer = await byCall.call("rpc.login", { device: "d1", token });
    expect(answer).toMatchObject({ error: { data: { code: "rate-limited", retryAfterMs: expect.any(Number) } } });
    expect(await byCall.closed).toMatchObject({ code: 1013, reason: expect.stringMatching(/retry after \d+ s/) });
  });

  it("that sends lists of telemetry is read at its rate of items", async () => {
    const sessions = { eventsPerSecond: 1, burst: 10 };
    const list = JSON.stringify(Array.from({ length: 8 }, (_, n) => ({ data: { n } })));
    await using mqtt = await startMqttEndpoint({ sessions });
    const { peer } = await rawDevice(mqtt, "d1", await mqtt.register("d1"));
    for (let id = 1; id <= 5; id++) peer.send(publish({ topic: "me/telemetry", payload: list, qos: 1, id }));
    for (let n = 0; n < 2; n++) expect(acknowledgementOf(await peer.next()).code).toBe(0);
    const other = await rawDevice(mqtt, "d2", await mqtt.register("d2"));
    other.peer.send(publish({ topic: "me/telemetry", payload: '{"data":{"n":1}}', qos: 1, id: 1 }));
    expect(acknowledgementOf(await other.peer.next()).code).toBe(0);
    expect(await mqtt.events("d1", "telemetry")).toHaveLength(16);

    await using websocket = await startWebSocketEndpoint({ sessions });
    const device = await RawWebSocket.open(websocket.urlOf("d1", await websocket.register("d1")));
    const params = JSON.parse(list) as unknown;
    for (let id = 1; id <= 5; id++) device.send({ jsonrpc: "2.0", method: "telemetry.report", params, id });
    for (let id = 1; id <= 2; id++) expect(await device.next()).toMatchObject({ id });
    const near = await RawWebSocket.open(websocket.urlOf("d2", await websocket.register("d2")));
    expect(await near.call("telemetry.report", { data: { n: 1 } })).toMatchObject({ result: {} });
    expect(await websocket.events("d1", "telemetry")).toHaveLength(16);
  });

  it("that sends large MQTT messages, valid or not, is read at its byte rate", async () => {
    await using node = await startMqttEndpoint({ sessions: { bytesPerSecond: 1, burstBytes: 10_000 } });
    const { peer } = await rawDevice(node, "d1", await node.register("d1"));
    const valid = JSON.stringify({ data: { text: "x".repeat(4_000) } });
    const payloads = [valid, "x".repeat(4_000), valid, valid, valid];
    for (const [i, payload] of payloads.entries()) {
      peer.send(publish({ topic: "me/telemetry", payload, qos: 1, id: i + 1 }));
    }
    for (const code of [0, 0x99, 0]) expect(acknowledgementOf(await peer.next()).code).toBe(code);
    const other = await rawDevice(node, "d2", await node.register("d2"));
    other.peer.send(publish({ topic: "me/telemetry", payload: '{"data":{"n":1}}', qos: 1, id: 1 }));
    expect(acknowledgementOf(await other.peer.next()).code).toBe(0);
    expect(await node.events("d1", "telemetry")).toHaveLength(2);
  });

  it("that sends large JSON-RPC messages is read at its byte rate", async () => {
    await using node = await startWebSocketEndpoint({ sessions: { bytesPerSecond: 1, burstBytes: 10_000 } });
    const device = await RawWebSocket.open(node.urlOf("d1", await node.register("d1")));
    await device.call("__listMethods");
    const params = { data: { text: "x".repeat(4_000) } };
    for (let id = 1; id <= 5; id++) device.send({ jsonrpc: "2.0", method: "telemetry.report", params, id });
    for (let id = 1; id <= 3; id++) expect(await device.next()).toMatchObject({ id });
    const other = await RawWebSocket.open(node.urlOf("d2", await node.register("d2")));
    expect(await other.call("telemetry.report", { data: { n: 1 } })).toMatchObject({ result: {} });
    expect(await node.events("d1", "telemetry")).toHaveLength(3);
  });
});
