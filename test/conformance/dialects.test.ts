import { type Directory, deviceDirectory } from "@fleetlog/identity";
import { connectAsync, type MqttClient } from "mqtt";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { type MqttTestEndpoint, startMqttEndpoint } from "../support/mqtt-endpoint.ts";
import { connackOf, connect, RawMqtt } from "../support/raw-mqtt.ts";
import { RawWebSocket, refusalOf } from "../support/raw-websocket.ts";
import { toy, toyMqttOnly } from "../support/toy-dialect.ts";
import { startWebSocketEndpoint } from "../support/websocket-endpoint.ts";

/** `acme:<name>` logs in as the device `<name>-device` with the toy dialect; all other log-ins are native. */
function toyDirectory(): Directory {
  const native = deviceDirectory();
  return {
    async find(shown) {
      const { userName: login = "", password: token = "" } = shown;
      if (!login.startsWith("acme:")) return native.find(shown);
      const device = `${login.slice(5)}-device`;
      return { device, dialect: "toy", login, credential: { by: "token", token } };
    },
  };
}

const options = () => ({ directory: toyDirectory(), dialects: [toy] });

describe("a dialect over MQTT", () => {
  let node: MqttTestEndpoint;
  let client: MqttClient;
  const received: string[] = [];
  beforeEach(async () => {
    node = await startMqttEndpoint(options());
    const password = await node.register("gw-device");
    const login = { clientId: "gw", username: "acme:gw", password, reconnectPeriod: 0 };
    client = await connectAsync(node.url, { ...login, protocolVersion: 5 });
    received.length = 0;
    client.on("message", (topic, payload) => received.push(`${topic} ${payload.toString()}`));
    await client.subscribeAsync("gw/#", { qos: 1 });
  });
  afterEach(async () => {
    await client.endAsync(true);
    await node[Symbol.asyncDispose]();
  });

  it("publishes one request after log-in, and reads the answer", async () => {
    await eventually(() => expect(received).toEqual(["gw/about "]));
    await client.subscribeAsync("gw/about", { qos: 1 });
    await client.publishAsync("server/gw/about", '{"model":"T1"}', { qos: 1 });
    expect((await node.events("gw-device", "device")).at(-1)).toMatchObject({
      type: "DeviceProfileReported",
      data: { profile: { model: "T1" } },
    });
    expect(received).toEqual(["gw/about "]);
  });

  it("sends calls of one name one at a time, without delaying calls of other names", async () => {
    for (const [name, n] of [["gpio", 1] as const, ["gpio", 2] as const, ["rtc", 3] as const]) {
      await node.issue("gw-device", name, { n });
    }
    const calls = () => received.filter((message) => !message.startsWith("gw/about"));
    await eventually(() => expect(calls()).toEqual(['gw/gpio {"n":1}', 'gw/rtc {"n":3}']));
    await client.publishAsync("server/gw/gpio", '{"value":1}', { qos: 1 });
    await eventually(() => expect(calls()).toEqual(['gw/gpio {"n":1}', 'gw/rtc {"n":3}', 'gw/gpio {"n":2}']));
    expect((await node.events("gw-device", "command")).find(({ type }) => type === "CommandCompleted")).toMatchObject({
      data: { result: { value: 1 } },
    });
  });

  it("reads two reports from one message and none from another, and acknowledges both messages", async () => {
    await node.issue("gw-device", "notify");
    await eventually(() => expect(received).toContain("gw/notify null"));
    await client.publishAsync("server/gw/notify", "door", { qos: 1 });
    expect((await node.events("gw-device", "command")).at(-1)?.type).toBe("CommandCompleted");
    expect((await node.events("gw-device", "event")).map(({ data }) => data)).toMatchObject([{ data: "door" }]);
    await client.publishAsync("server/gw/unasked", "1", { qos: 1 });
    await client.publishAsync("server/gw/unasked", "1", { qos: 2 });
    expect(await node.events("gw-device", "event")).toHaveLength(1);
  });

  it("can complete a command that the device does not answer, and gets the number of earlier deliveries", async () => {
    await eventually(() => expect(received).toEqual(["gw/about "]));
    await node.issue("gw-device", "knock", { n: 1 });
    await eventually(async () =>
      expect((await node.events("gw-device", "command")).find(({ type }) => type === "CommandCompleted")).toMatchObject(
        {
          data: { result: { deliveries: 0 } },
        },
      ),
    );
  });

  it("can subscribe on behalf of a device", async () => {
    const password = await node.register("deaf-device");
    const deaf = await connectAsync(node.url, {
      clientId: "deaf",
      username: "acme:deaf",
      password,
      reconnectPeriod: 0,
    });
    try {
      const got: string[] = [];
      deaf.on("message", (topic, payload) => got.push(`${topic} ${payload.toString()}`));
      await node.issue("deaf-device", "gpio", { n: 1 });
      await deaf.publishAsync("server/deaf/unasked", "1", { qos: 1 });
      expect(got).toEqual([]);
      await deaf.publishAsync("server/deaf/subscribe", "", { qos: 1 });
      await eventually(() => expect(got.sort()).toEqual(["deaf/about ", 'deaf/gpio {"n":1}']));
    } finally {
      await deaf.endAsync(true);
    }
  });

  it("gives a device only its own topics", async () => {
    await expect(client.publishAsync("server/other/about", "{}", { qos: 1 })).rejects.toMatchObject({ code: 0x87 });
    await expect(client.publishAsync("me/telemetry", '{"data":{}}', { qos: 1 })).rejects.toMatchObject({ code: 0x87 });
    await expect(client.subscribeAsync("me/#")).rejects.toThrow();
    await expect(client.subscribeAsync("+/#")).rejects.toThrow();
  });

  it("names the log-in's user name in a refusal, not the device id", async () => {
    const peer = new RawMqtt(node.port);
    peer.send(connect({ clientId: "gw", userName: "acme:gw", password: "wrong" }));
    const [connack] = await peer.untilClosed();
    expect(connack === undefined ? undefined : connackOf(connack).code).toBe(0x86);
    expect(connack?.body.toString()).toContain('"acme:gw" is not registered');
    expect(connack?.body.toString()).not.toContain("gw-device");
  });
});

describe("a dialect over JSON-RPC", () => {
  it("has its own methods and events, for every way to log in", async () => {
    await using node = await startWebSocketEndpoint(options());
    const token = await node.register("p-device");
    for (const connect of [
      () => RawWebSocket.open(node.url, { headers: { authorization: `Basic ${btoa(`acme:p:${token}`)}` } }),
      async () => {
        const raw = await RawWebSocket.open(node.url);
        expect(await raw.call("rpc.login", { device: "acme:p", token })).toMatchObject({ result: true });
        return raw;
      },
    ]) {
      const raw = await connect();
      expect(await raw.next()).toEqual({ notification: "hello", params: [1, 2] });
      expect(await raw.call("toy.add", [1, 2, 3])).toMatchObject({ result: 6 });
      expect(await raw.call("toy.idle")).toMatchObject({ result: { seq: 0 } });
      expect(await raw.call("toy.say", ["hi"])).toMatchObject({ result: { seq: expect.any(Number) } });
      expect(await raw.call("__listMethods")).toMatchObject({
        result: ["rpc.login", "rpc.on", "rpc.off", "toy.say", "toy.idle", "toy.add"],
      });
      expect(await raw.call("telemetry.report", { data: {} })).toMatchObject({ error: { code: -32601 } });
      await raw.close();
    }
    const events = await node.events("p-device", "event");
    expect(events.filter(({ type }) => type === "DeviceEventReported")).toHaveLength(2);
  });

  it("sends a command once the device has subscribed, and reads the device's close as the answer", async () => {
    await using node = await startWebSocketEndpoint(options());
    const token = await node.register("p-device");
    const raw = await RawWebSocket.open(node.url, { headers: { authorization: `Basic ${btoa(`acme:p:${token}`)}` } });
    expect(await raw.next()).toMatchObject({ notification: "hello" });
    await node.issue("p-device", "reboot", { hard: true });
    expect(await raw.call("rpc.on", ["reboot"])).toMatchObject({ result: { reboot: "ok" } });
    expect(await raw.next()).toEqual({ notification: "reboot", params: [{ hard: true }] });
    await raw.close(4_000);
    await eventually(async () =>
      expect((await node.events("p-device", "command")).at(-1)).toMatchObject({
        type: "CommandCompleted",
        data: { result: { code: 4_000 } },
      }),
    );
  });

  it("is refused if the device's dialect does not use JSON-RPC", async () => {
    await using node = await startWebSocketEndpoint({ directory: toyDirectory(), dialects: [toyMqttOnly] });
    const headers = { authorization: `Basic ${btoa(`acme:p:${await node.register("p-device")}`)}` };
    expect(await refusalOf(node.url, { headers })).toMatchObject({ status: 403, body: { code: "forbidden" } });
    expect(await node.events("p-device", "session")).toEqual([]);
  });
});
