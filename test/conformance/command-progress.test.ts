import { cancelCommand, endCommand, partCaller } from "@fleetlog/fleet";
import type { CommandMessage } from "@fleetlog/protocol";
import mqtt from "mqtt";
import { Client } from "rpc-websockets";
import { describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { type GatewayParts, TESTER } from "../support/gateway-parts.ts";
import { startMqttEndpoint } from "../support/mqtt-endpoint.ts";
import { onceOf } from "../support/once.ts";
import { startWebSocketEndpoint } from "../support/websocket-endpoint.ts";

interface Device {
  readonly commands: readonly CommandMessage[];
  readonly cancelled: readonly unknown[];
  progress(id: string, report: object): Promise<unknown>;
  result(id: string): Promise<unknown>;
  close(): Promise<unknown>;
}

interface Way {
  readonly node: GatewayParts & AsyncDisposable;
  connect(device: string, token: string): Promise<Device>;
}

async function overMqtt(protocolVersion: 4 | 5): Promise<Way> {
  const node = await startMqttEndpoint();
  return {
    node,
    async connect(device, password) {
      const login = { clientId: device, username: device, password };
      const client = await mqtt.connectAsync(node.url, { ...login, protocolVersion, reconnectPeriod: 0 });
      const commands: CommandMessage[] = [];
      const cancelled: unknown[] = [];
      client.on("message", (topic, payload) => {
        const message = JSON.parse(payload.toString());
        if (topic === `me/command/${message.id}`) commands.push(message);
        else if (topic === `me/command/${message.id}/cancelled`) cancelled.push(message);
      });
      await client.subscribeAsync(["me/command/+", "me/command/+/cancelled"], { qos: 1 });
      const publish = (topic: string, body: object) => client.publishAsync(topic, JSON.stringify(body), { qos: 1 });
      return {
        commands,
        cancelled,
        progress: (id, report) => publish(`me/command/${id}/progress`, report),
        result: (id) => publish(`me/command/${id}/result`, { ok: true }),
        close: () => client.endAsync(),
      };
    },
  };
}

async function overWebSocket(): Promise<Way> {
  const node = await startWebSocketEndpoint();
  return {
    node,
    async connect(device, token) {
      const client = new Client(node.urlOf(device, token), { reconnect: false });
      const commands: CommandMessage[] = [];
      const cancelled: unknown[] = [];
      client.on("command", (message: CommandMessage) => commands.push(message));
      client.on("command.cancelled", (message: unknown) => cancelled.push(message));
      const closed = onceOf(client, "close");
      await onceOf(client, "open");
      return {
        commands,
        cancelled,
        progress: (id, report) => client.call("command.progress", { id, ...report }),
        result: (id) => client.call("command.result", { id, ok: true }),
        close: () => {
          client.close(1000);
          return closed;
        },
      };
    },
  };
}

async function busyDevice({ node, connect }: Way) {
  const device = await connect("d1", await node.register("d1"));
  const { id } = await node.issue("d1", "update");
  await eventually(async () => expect((await eventsOf(node)).map(({ type }) => type)).toContain("CommandDelivered"));
  await eventually(() => expect(device.commands.map((command) => command.id)).toEqual([id]));
  return { device, id };
}

const eventsOf = (node: GatewayParts) => node.events("d1", "command");
const progressOf = async (node: GatewayParts) =>
  (await eventsOf(node)).flatMap((event) => (event.type === "CommandProgressed" ? [event.data] : []));

describe.each([
  ["MQTT 3.1.1", () => overMqtt(4)],
  ["MQTT 5", () => overMqtt(5)],
  ["JSON-RPC", overWebSocket],
] as const)("a device that runs a command, over %s", (protocol, start) => {
  it("reports its progress, which is in the log before the acknowledgement", async () => {
    const way = await start();
    await using node = way.node;
    const { device, id } = await busyDevice(way);
    const answer = await device.progress(id, { percent: 12.5, step: "download", message: "x".repeat(600), more: 1 });
    const [event] = await progressOf(node);
    const message = `${"x".repeat(512)}…`;
    expect(event).toMatchObject({ command: id, device: "d1", percent: 12.5, step: "download", message });
    expect(event).not.toHaveProperty("more");
    if (protocol === "JSON-RPC") expect(answer).toEqual({ seq: (await eventsOf(node)).at(-1)?.seq });
    await device.result(id);
    expect((await eventsOf(node)).at(-1)?.type).toBe("CommandCompleted");
    await device.close();
  });

  it("does not fill the log with 3,000 reports; its other messages are answered meanwhile", async () => {
    const way = await start();
    await using node = way.node;
    const { device, id } = await busyDevice(way);
    const other = await node.issue("d1", "other");
    const begun = performance.now();
    await device.progress(id, { step: "begun" });
    let sent = 0;
    // 64 at a time are fewer than MQTT 5's receive maximum.
    const reporters = Array.from({ length: 64 }, async () => {
      while (sent < 3_000) await device.progress(id, { percent: ++sent / 30 });
    });
    await device.result(other.id);
    expect((await eventsOf(node)).map(({ type }) => type)).toContain("CommandCompleted");
    await Promise.all(reporters);
    const seconds = (performance.now() - begun) / 1_000;
    const recorded = await progressOf(node);
    expect(recorded.at(-1)).toMatchObject({ percent: 100 });
    expect(recorded.length).toBeGreaterThan(1);
    expect(recorded.length).toBeLessThanOrEqual(Math.ceil(seconds) + 1);
    await device.close();
  });

  it("gets a message to stop after cancellation or deadline; its later answer changes nothing", async () => {
    const way = await start();
    await using node = way.node;
    const { device, id } = await busyDevice(way);
    await cancelCommand(node.fleet, TESTER, id, "not needed");
    await eventually(() => expect(device.cancelled).toEqual([{ id, reason: "cancelled" }]));
    await device.result(id);
    const late = await node.issue("d1", "late");
    await eventually(async () =>
      expect((await eventsOf(node)).map(({ type }) => type).filter((type) => type === "CommandDelivered")).toHaveLength(
        2,
      ),
    );
    const ending = { type: "ExpireCommand", command: late.id, device: "d1", now: late.deadline } as const;
    await endCommand(node.fleet, partCaller("reactors"), ending);
    await eventually(() => expect(device.cancelled.at(-1)).toEqual({ id: late.id, reason: "expired" }));
    await device.result(late.id);
    const ends = (await eventsOf(node)).map(({ type }) => type).filter((type) => !/Issued|Delivered/.test(type));
    expect(ends).toEqual(["CommandCancelled", "CommandExpired"]);
    await device.close();
  });

  it("can't report progress of an unknown or ended command, nor a wrong percentage", async () => {
    const way = await start();
    await using node = way.node;
    const { device, id } = await busyDevice(way);
    await node.register("d2");
    const theirs = await node.issue("d2", "update");
    const refused = async (report: Promise<unknown>, mqttCode: number, jsonrpcCode: number) => {
      const code = protocol === "MQTT 5" ? mqttCode : jsonrpcCode;
      // MQTT 3 has no refusal: the gateway acknowledges the message and logs it.
      if (protocol === "MQTT 3.1.1") await report;
      else await expect(report).rejects.toMatchObject({ code });
    };
    await refused(device.progress(theirs.id, { percent: 1 }), 0x90, -32004);
    await refused(device.progress("unknown", { percent: 1 }), 0x90, -32004);
    await refused(device.progress(id, { percent: 101 }), 0x99, -32602);
    await refused(device.progress(id, { percent: -1 }), 0x99, -32602);
    await refused(device.progress(id, { step: 5 }), 0x99, -32602);
    await device.result(id);
    await refused(device.progress(id, { percent: 1 }), 0x83, -32009);
    expect(await progressOf(node)).toEqual([]);
    expect(await node.events("d2", "command")).toHaveLength(1);
    const codes = node.logged.filter(({ msg }) => msg.startsWith("a report was refused")).map(({ code }) => code);
    expect(new Set(codes)).toEqual(new Set(["command-unknown", "invalid-request", "command-ended"]));
    await device.close();
  });
});

describe("a device over MQTT that has not subscribed to cancellations", () => {
  it("gets no message to stop a command", async () => {
    await using node = await startMqttEndpoint();
    const password = await node.register("d1");
    const client = await mqtt.connectAsync(node.url, { clientId: "d1", username: "d1", password, reconnectPeriod: 0 });
    const topics: string[] = [];
    client.on("message", (topic) => topics.push(topic));
    await client.subscribeAsync("me/command/+", { qos: 1 });
    const { id } = await node.issue("d1", "update");
    await eventually(() => expect(topics).toHaveLength(1));
    await cancelCommand(node.fleet, TESTER, id);
    const next = await node.issue("d1", "next");
    await eventually(() => expect(topics).toEqual([`me/command/${id}`, `me/command/${next.id}`]));
    await client.endAsync();
  });
});
