import { retireDevice, rotateToken } from "@fleetlog/fleet";
import { afterEach, describe, expect, it, vi } from "vitest";
import { eventually } from "../support/eventually.ts";
import { TESTER } from "../support/gateway-parts.ts";
import { type MqttTestEndpoint, startMqttEndpoint } from "../support/mqtt-endpoint.ts";
import { rawDevice } from "../support/raw-device.ts";
import {
  type ConnectFields,
  DISCONNECT,
  disconnectOf,
  type Level,
  PINGREQ,
  packet,
  properties,
  publish,
  reasonStringOf,
  u32,
} from "../support/raw-mqtt.ts";

const LEVELS: readonly Level[] = [3, 4, 5];
const will = { topic: "me/event/gone", payload: '{"data":"will"}' };
const delayed = (seconds: number) => ({ ...will, properties: properties([0x18], u32(seconds)) });

async function wills(node: MqttTestEndpoint): Promise<unknown[]> {
  return (await node.events("d1", "event")).map(({ data }) => (data as { data: unknown }).data);
}

async function ending(node: MqttTestEndpoint): Promise<unknown> {
  return eventually(async () => {
    const closed = (await node.events("d1", "session")).find(({ type }) => type === "SessionClosed");
    expect(closed).toBeDefined();
    return closed?.data;
  });
}

function holdTime(): void {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "setTimeout", "clearTimeout", "performance"] });
}
afterEach(() => {
  vi.useRealTimers();
});

async function start(level: Level, fields: Omit<ConnectFields, "level"> = {}) {
  const node = await startMqttEndpoint();
  const token = await node.register("d1");
  const { peer } = await rawDevice(node, "d1", token, { level, ...fields });
  return { node, token, peer, [Symbol.asyncDispose]: () => node[Symbol.asyncDispose]() };
}

describe.each(LEVELS)("the end of a connection of level %i", (level) => {
  it("comes after silence for 1.5 times the keep-alive [MQTT-3.1.2-24]", async () => {
    holdTime();
    await using run = await start(level, { keepAlive: 1, will });
    // The gateway checks once a second.
    vi.advanceTimersByTime(2_000);
    expect(disconnectOf(await run.peer.untilClosed())).toBeUndefined();
    expect(await ending(run.node)).toMatchObject({ reason: "timeout", detail: expect.stringContaining("keep-alive") });
    await eventually(async () => expect(await wills(run.node)).toEqual(["will"]));
  });

  it("comes after 45 s of silence with a keep-alive of 30 s, as of Kura's devices", async () => {
    holdTime();
    await using run = await start(level, { keepAlive: 30 });
    vi.advanceTimersByTime(44_000);
    run.peer.send(PINGREQ);
    expect((await run.peer.next()).type).toBe(13);
    vi.advanceTimersByTime(44_000);
    expect(run.peer.closed).toBe(false);
    vi.advanceTimersByTime(3_000);
    expect(disconnectOf(await run.peer.untilClosed())).toBeUndefined();
    expect(await ending(run.node)).toMatchObject({ reason: "timeout", detail: expect.stringContaining("30 s") });
  });

  it("does not come while the client sends PINGREQ", async () => {
    holdTime();
    await using run = await start(level, { keepAlive: 1 });
    for (let i = 0; i < 6; i++) {
      vi.advanceTimersByTime(1_400);
      run.peer.send(PINGREQ);
      expect((await run.peer.next()).type).toBe(13);
    }
    expect(run.peer.closed).toBe(false);
  });

  it("without DISCONNECT is recorded as a loss, and publishes the will [MQTT-3.1.2-8]", async () => {
    await using run = await start(level, { will });
    run.peer.destroy();
    expect(await ending(run.node)).toMatchObject({ reason: "lost" });
    await eventually(async () => expect(await wills(run.node)).toEqual(["will"]));
    expect((await run.node.events("d1", "event"))[0]?.source).toBe("/devices/d1");
  });

  it("with DISCONNECT drops the will [MQTT-3.1.2-10]", async () => {
    await using run = await start(level, { will });
    run.peer.send(DISCONNECT);
    expect(await run.peer.untilClosed()).toEqual([]);
    expect(await ending(run.node)).toMatchObject({ reason: "device-closed" });
    await run.node.stop();
    expect(await wills(run.node)).toEqual([]);
  });

  it("after a malformed packet publishes the will", async () => {
    await using run = await start(level, { will });
    run.peer.send(Buffer.from([0, 0]));
    await run.peer.untilClosed();
    await eventually(async () => expect(await wills(run.node)).toEqual(["will"]));
  });

  it("by a take-over publishes a will that has no delay", async () => {
    await using run = await start(level, { will });
    const again = await rawDevice(run.node, "d1", run.token, { level });
    await run.peer.untilClosed();
    await eventually(async () => expect(await wills(run.node)).toEqual(["will"]));
    again.peer.destroy();
  });

  it("comes with the device's retirement, which does not publish the will", async () => {
    await using run = await start(level, { will });
    await retireDevice(run.node.fleet, TESTER, "d1");
    const received = await run.peer.untilClosed();
    expect(disconnectOf(received)).toBe(level === 5 ? 0x98 : undefined);
    if (level === 5) expect(reasonStringOf(received.at(-1)?.body ?? Buffer.alloc(0))).toContain("retired");
    expect(await ending(run.node)).toMatchObject({ reason: "retired" });
    await run.node.stop();
    expect(await wills(run.node)).toEqual([]);
  });

  it("comes when the token is replaced", async () => {
    await using run = await start(level);
    await rotateToken(run.node.fleet, TESTER, "d1");
    expect(disconnectOf(await run.peer.untilClosed())).toBe(level === 5 ? 0x87 : undefined);
    expect(await ending(run.node)).toMatchObject({ reason: "token-rotated" });
  });

  it("comes when the node stops", async () => {
    await using run = await start(level);
    await run.node.stop();
    expect(disconnectOf(await run.peer.untilClosed())).toBeUndefined();
    expect(run.node.endpoint.connections).toBe(0);
  });

  it("comes when the node stops, even while the log is away", async () => {
    await using run = await start(level, { clean: level === 5 });
    run.node.backbone.away();
    run.peer.send(publish({ level, topic: "me/telemetry", payload: '{"data":{}}', qos: 1 }));
    await run.node.stop();
    expect(run.node.endpoint.connections).toBe(0);
    expect((await run.peer.untilClosed()).filter(({ type }) => type === 4)).toEqual([]);
  });

  it("loses no report that came together with DISCONNECT", async () => {
    await using run = await start(level);
    run.peer.send(publish({ level, topic: "me/event/last", payload: '{"data":"last"}' }), DISCONNECT);
    await run.peer.untilClosed();
    await eventually(async () => expect(await wills(run.node)).toEqual(["last"]));
  });

  it("comes with DISCONNECT: the gateway reads no later packets [MQTT-3.14.4-2]", async () => {
    await using run = await start(level);
    run.peer.send(DISCONNECT, publish({ level, topic: "me/event/late", payload: '{"data":"late"}' }));
    await run.peer.untilClosed();
    await run.node.stop();
    expect(await wills(run.node)).toEqual([]);
  });
});

describe("DISCONNECT in MQTT 3", () => {
  it("is malformed if it has a payload, so that the will is published", async () => {
    await using run = await start(4, { will });
    run.peer.send(packet(0xe0, [0]));
    await run.peer.untilClosed();
    await eventually(async () => expect(await wills(run.node)).toEqual(["will"]));
  });
});

describe("a will that can't be published, in MQTT 3", () => {
  it.each([
    { what: "another device's topic", bad: { topic: "d2/event/x", payload: "{}" } },
    { what: "no JSON", bad: { topic: "me/event/x", payload: "offline" } },
  ])("($what) is ignored, and a warning is logged", async ({ bad }) => {
    await using run = await start(4, { will: bad });
    expect(run.node.logged).toEqual([
      expect.objectContaining({ topic: bad.topic, msg: expect.stringContaining("will") }),
    ]);
    run.peer.send(PINGREQ);
    expect((await run.peer.next()).type).toBe(13);
  });
});

describe("DISCONNECT of MQTT 5", () => {
  it.each([
    { what: "0x04 publishes the will [MQTT5 3.14.2.1]", bytes: packet(0xe0, [0x04]), published: true },
    { what: "an error publishes the will, too", bytes: packet(0xe0, [0x80], properties()), published: true },
    { what: "0x00 drops the will", bytes: packet(0xe0, [0x00], properties()), published: false },
    { what: "a code that does not exist publishes the will", bytes: packet(0xe0, [0x55]), published: true },
  ])("with $what", async ({ bytes, published }) => {
    await using run = await start(5, { will });
    run.peer.send(bytes);
    await run.peer.untilClosed();
    if (published) await eventually(async () => expect(await wills(run.node)).toEqual(["will"]));
    await run.node.stop();
    expect(await wills(run.node)).toEqual(published ? ["will"] : []);
  });
});

describe("will delay of MQTT 5", () => {
  const lasting = { clean: false } as const;
  const hour = properties([0x11], u32(3_600));

  it("postpones the will [MQTT-3.1.3-9]", async () => {
    holdTime();
    await using run = await start(5, { ...lasting, properties: hour, will: delayed(60) });
    run.peer.destroy();
    await ending(run.node);
    vi.advanceTimersByTime(59_999);
    expect(await wills(run.node)).toEqual([]);
    vi.advanceTimersByTime(1);
    await eventually(async () => expect(await wills(run.node)).toEqual(["will"]));
  });

  it("ends at once if the session ends with the connection", async () => {
    await using run = await start(5, { will: delayed(3_600) });
    run.peer.destroy();
    await eventually(async () => expect(await wills(run.node)).toEqual(["will"]));
  });

  it("drops the will if the device continues its session in time", async () => {
    holdTime();
    await using run = await start(5, { ...lasting, properties: hour, will: delayed(60) });
    run.peer.destroy();
    await ending(run.node);
    const again = await rawDevice(run.node, "d1", run.token, { ...lasting, properties: hour });
    expect(again.sessionPresent).toBe(true);
    vi.advanceTimersByTime(90_000);
    again.peer.send(publish({ topic: "me/event/back", payload: '{"data":"back"}', qos: 1 }));
    expect((await again.peer.next()).type).toBe(4);
    await run.node.stop();
    expect(await wills(run.node)).toEqual(["back"]);
  });

  it.each([
    ["is retired", (node: MqttTestEndpoint) => retireDevice(node.fleet, TESTER, "d1")],
    ["gets a new token", (node: MqttTestEndpoint) => rotateToken(node.fleet, TESTER, "d1")],
  ])("drops the will if the device %s meanwhile", async (_, change) => {
    holdTime();
    await using run = await start(5, { ...lasting, properties: hour, will: delayed(60) });
    run.peer.destroy();
    await ending(run.node);
    await change(run.node);
    vi.advanceTimersByTime(60_000);
    await run.node.stop();
    expect(await wills(run.node)).toEqual([]);
  });

  it("drops the will if the device reconnects to another node", async () => {
    await using run = await start(5, { ...lasting, properties: hour, will: delayed(1) });
    await using other = await startMqttEndpoint({ beside: run.node.backbone, gateway: "gateway-2" });
    run.peer.destroy();
    await ending(run.node);
    const again = await rawDevice(other, "d1", run.token, { ...lasting, properties: hour });
    await run.node.stop();
    expect(await wills(run.node)).toEqual([]);
    again.peer.destroy();
  });

  it("ends when the device begins a new session", async () => {
    await using run = await start(5, { ...lasting, properties: hour, will: delayed(3_600) });
    run.peer.destroy();
    await ending(run.node);
    const again = await rawDevice(run.node, "d1", run.token, { clean: true });
    expect(await wills(run.node)).toEqual(["will"]);
    again.peer.destroy();
  });

  it("ends when the node stops, if the device has not reconnected", async () => {
    await using run = await start(5, { ...lasting, properties: hour, will: delayed(3_600) });
    run.peer.destroy();
    await ending(run.node);
    await run.node.stop();
    expect(await wills(run.node)).toEqual(["will"]);
  });

  it("postpones the will even if the node has closed the connection", async () => {
    await using run = await start(5, { ...lasting, properties: hour, will: delayed(3_600) });
    await run.node.stop();
    expect(await wills(run.node)).toEqual([]);
  });
});
