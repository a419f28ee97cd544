import { setConfiguration } from "@fleetlog/fleet";
import mqtt from "mqtt";
import { describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { TESTER } from "../support/gateway-parts.ts";
import { startMqttEndpoint } from "../support/mqtt-endpoint.ts";
import { RawWebSocket } from "../support/raw-websocket.ts";
import { startWebSocketEndpoint } from "../support/websocket-endpoint.ts";

const DESIRED = "me/configuration/desired";

describe("the desired configuration", () => {
  it.each([4, 5] as const)(
    "is sent by MQTT (level %i) on subscribing, on change, and on reconnecting with a kept subscription",
    async (level) => {
      await using node = await startMqttEndpoint();
      const password = await node.register("d1");
      const set = (interval: number) => setConfiguration(node.fleet, TESTER, "d1", { interval });
      const connect = async () => {
        const received: unknown[] = [];
        const client = mqtt.connect(node.url, {
          protocolVersion: level,
          clientId: "d1",
          username: "d1",
          password,
          clean: false,
          reconnectPeriod: 0,
          ...(level === 5 && { properties: { sessionExpiryInterval: 600 } }),
        });
        client.on("message", (topic, payload, { qos }) => {
          if (topic === DESIRED) received.push({ ...JSON.parse(payload.toString()), qos });
        });
        await new Promise((resolve) => client.once("connect", resolve));
        return { client, received };
      };
      await set(1);
      const first = await connect();
      await first.client.subscribeAsync(DESIRED, { qos: 1 });
      await eventually(() => expect(first.received).toEqual([{ revision: 1, values: { interval: 1 }, qos: 1 }]));
      await first.client.subscribeAsync("me/command/+", { qos: 1 });
      await set(2);
      await eventually(() => expect(first.received.at(-1)).toEqual({ revision: 2, values: { interval: 2 }, qos: 1 }));
      expect(first.received).toHaveLength(2);
      await first.client.endAsync(true);
      for (const interval of [3, 4, 5]) await set(interval);
      const second = await connect();
      await eventually(() => expect(second.received).toEqual([{ revision: 5, values: { interval: 5 }, qos: 1 }]));
      await second.client.endAsync();
    },
  );

  it("is sent by JSON-RPC to subscribed devices, in the form of rpc-websockets' events", async () => {
    await using gateway = await startWebSocketEndpoint();
    const raw = await RawWebSocket.open(gateway.urlOf("d1", await gateway.register("d1")));
    await setConfiguration(gateway.fleet, TESTER, "d1", { interval: 1 });
    expect(await raw.call("rpc.on", ["configuration.desired"])).toMatchObject({
      result: { "configuration.desired": "ok" },
    });
    const sent = (revision: number) => ({
      notification: "configuration.desired",
      params: [{ revision, values: { interval: revision } }],
    });
    expect(await raw.next()).toEqual(sent(1));
    await setConfiguration(gateway.fleet, TESTER, "d1", { interval: 2 });
    expect(await raw.next()).toEqual(sent(2));
    expect(await raw.call("configuration.reported", { revision: 3, state: "applied" })).toMatchObject({
      error: { code: -32602 },
    });
    expect(await raw.call("configuration.reported", { revision: 2, state: "applied" })).toMatchObject({
      result: { seq: expect.any(Number) },
    });
  });
});
