import type { RecordedEvent } from "@fleetlog/domain";
import mqtt, { type IClientOptions, type MqttClient } from "mqtt";
import { describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { type MqttTestEndpoint, startMqttEndpoint } from "../support/mqtt-endpoint.ts";

const VERSIONS = [
  { version: "MQTT 3.1", options: { protocolVersion: 3, protocolId: "MQIsdp" } },
  { version: "MQTT 3.1.1", options: { protocolVersion: 4 } },
  { version: "MQTT 5", options: { protocolVersion: 5 } },
] as const satisfies { version: string; options: IClientOptions }[];

/** Many device ids exceed MQTT 3.1's limit of 23 characters. */
const DEVICE = "0123456789abcdef0123456789abcdef01234567";

async function device(node: MqttTestEndpoint, options: IClientOptions): Promise<MqttClient> {
  const password = await node.register(DEVICE);
  return mqtt.connectAsync(node.url, { clientId: DEVICE, username: DEVICE, password, reconnectPeriod: 0, ...options });
}

function only(events: RecordedEvent[]): RecordedEvent {
  expect(events).toHaveLength(1);
  return events[0] as RecordedEvent;
}

describe.each(VERSIONS)("a device with MQTT.js in $version", ({ version, options }) => {
  it("opens a session that is recorded with its protocol and address, and ends it", async () => {
    await using node = await startMqttEndpoint();
    const client = await device(node, { ...options, keepalive: 42 });
    expect(only(await node.events(DEVICE, "session"))).toMatchObject({
      type: "SessionOpened",
      data: {
        device: DEVICE,
        protocol: "mqtt",
        version,
        keepAliveSeconds: 42,
        address: expect.stringMatching(/^[^ ]*127\.0\.0\.1:\d+$/),
      },
    });
    await client.endAsync();
    await eventually(async () => {
      const [, closed] = await node.events(DEVICE, "session");
      expect(closed).toMatchObject({ type: "SessionClosed", data: { reason: "device-closed" } });
    });
  });

  it.each([0, 1, 2] as const)("reports on every topic with QoS %i", async (qos) => {
    await using node = await startMqttEndpoint();
    const client = await device(node, options);
    const at = "2026-01-02T03:04:05.678Z";
    await client.publishAsync("me/telemetry", JSON.stringify({ data: { t: 1 }, at, boot: "b", seq: 1 }), { qos });
    await client.publishAsync("me/telemetry", JSON.stringify([{ data: { t: 2 } }, { data: { t: 3 } }]), { qos });
    await client.publishAsync("me/profile", JSON.stringify({ model: "m", serial: "s", firmware: "1" }), { qos });
    await client.publishAsync("me/event/door.opened", JSON.stringify({ data: { by: "Ann" }, boot: 7, seq: 2 }), {
      qos,
    });
    await eventually(async () => {
      const telemetry = await node.events(DEVICE, "telemetry");
      expect(telemetry.map(({ data }) => data)).toEqual([
        { data: { t: 1 }, boot: "b", seq: 1 },
        { data: { t: 2 } },
        { data: { t: 3 } },
      ]);
      expect(telemetry[0]).toMatchObject({ id: `${DEVICE}:b:1`, devicetime: at, source: `/devices/${DEVICE}` });
      const [, profile] = await node.events(DEVICE, "device");
      expect(profile).toMatchObject({
        type: "DeviceProfileReported",
        data: { profile: { model: "m", serial: "s", firmware: "1" } },
      });
      expect(only(await node.events(DEVICE, "event"))).toMatchObject({
        id: `${DEVICE}:7:2`,
        type: "DeviceEventReported",
        data: { name: "door.opened", data: { by: "Ann" }, boot: 7, seq: 2 },
      });
    });
    await client.endAsync();
  });

  it("gets an acknowledgement each time it sends the same report, which is stored only once", async () => {
    await using node = await startMqttEndpoint();
    const client = await device(node, options);
    const report = JSON.stringify({ data: { t: 1 }, boot: "b", seq: 9 });
    for (let i = 0; i < 3; i++) {
      await client.publishAsync("me/telemetry", report, { qos: 1 });
      expect(await node.events(DEVICE, "telemetry")).toHaveLength(1);
    }
    await client.endAsync();
  });

  it.each([0, 1, 2] as const)("receives commands with QoS %i and answers them", async (qos) => {
    await using node = await startMqttEndpoint();
    const client = await device(node, options);
    const messages: { topic: string; message: unknown; qos: number }[] = [];
    client.on("message", (topic, payload, packet) => {
      const message = JSON.parse(payload.toString());
      messages.push({ topic, message, qos: packet.qos });
      const answer =
        message.name === "add"
          ? { ok: true, result: message.params.a + message.params.b }
          : { ok: false, error: { code: "E_NO", message: "can't do that" } };
      client.publish(`me/command/${message.id}/result`, JSON.stringify(answer), { qos });
    });
    const [granted] = await client.subscribeAsync("me/command/+", { qos });
    expect(granted).toMatchObject({ qos });
    const add = await node.issue(DEVICE, "add", { a: 1, b: 2 });
    const fly = await node.issue(DEVICE, "fly");
    await eventually(async () => {
      const events = await node.events(DEVICE, "command");
      const of = (id: string) => events.filter(({ data }) => "command" in data && data.command === id);
      expect(of(add.id).map(({ type }) => type)).toEqual(["CommandIssued", "CommandDelivered", "CommandCompleted"]);
      expect(of(add.id).at(-1)?.data).toMatchObject({ result: 3 });
      expect(of(fly.id).map(({ type }) => type)).toEqual(["CommandIssued", "CommandDelivered", "CommandFailed"]);
      expect(of(fly.id).at(-1)?.data).toMatchObject({ error: { code: "E_NO", message: "can't do that" } });
    });
    expect(messages).toEqual([
      {
        topic: `me/command/${add.id}`,
        message: { id: add.id, name: "add", params: { a: 1, b: 2 }, deadline: add.deadline },
        qos,
      },
      {
        topic: `me/command/${fly.id}`,
        message: { id: fly.id, name: "fly", params: null, deadline: fly.deadline },
        qos,
      },
    ]);
    await client.endAsync();
  });

  it("receives commands that were issued while it was disconnected, in order, when it subscribes", async () => {
    await using node = await startMqttEndpoint();
    const password = await node.register(DEVICE);
    const issued: string[] = [];
    for (const name of ["one", "two", "three"]) issued.push((await node.issue(DEVICE, name)).id);
    const client = await mqtt.connectAsync(node.url, {
      clientId: DEVICE,
      username: DEVICE,
      password,
      reconnectPeriod: 0,
      ...options,
    });
    const topics: string[] = [];
    client.on("message", (topic) => topics.push(topic));
    await client.subscribeAsync("me/#", { qos: 1 });
    await eventually(() => expect(topics).toEqual(issued.map((id) => `me/command/${id}`)));
    await client.endAsync();
  });

  it("is refused with another token", async () => {
    await using node = await startMqttEndpoint();
    await node.register(DEVICE);
    const other = await node.register("other");
    for (const password of [other, `${other}x`, ""]) {
      await expect(
        mqtt.connectAsync(node.url, { clientId: DEVICE, username: DEVICE, password, reconnectPeriod: 0, ...options }),
      ).rejects.toMatchObject({ code: options.protocolVersion === 5 ? 0x86 : 4 });
    }
    expect(await node.events(DEVICE, "session")).toEqual([]);
  });
});

describe("MQTT 5", () => {
  it("refuses a report with a reason string", async () => {
    await using node = await startMqttEndpoint();
    const client = await device(node, { protocolVersion: 5 });
    const refused = (topic: string, payload: string) => client.publishAsync(topic, payload, { qos: 1 });
    await expect(refused("me/telemetry", "{")).rejects.toMatchObject({ code: 0x99 });
    await expect(refused("you/telemetry", "{}")).rejects.toMatchObject({ code: 0x87 });
    await expect(refused(`me/command/${"x".repeat(8)}/result`, '{"ok":true}')).rejects.toMatchObject({ code: 0x90 });
    await client.publishAsync("me/telemetry", '{"data":{}}', { qos: 1 });
    await client.endAsync();
  });
});
