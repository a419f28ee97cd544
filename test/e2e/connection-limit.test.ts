import { FEED_PATH } from "@fleetlog/protocol";
import { afterAll, beforeAll, expect, it } from "vitest";
import { connectMqttDevice } from "../support/devices/mqtt.ts";
import { connectWebSocketDevice } from "../support/devices/websocket.ts";
import { eventually } from "../support/eventually.ts";
import { RawWebSocket, refusalOf } from "../support/raw-websocket.ts";
import { type RunningGateway, type Stack, startStack } from "../support/stack.ts";

let stack: Stack;
let gateway: RunningGateway;
beforeAll(async () => {
  stack = await startStack({ env: { FLEETLOG_MAX_CONNECTIONS: "3" } });
  [gateway] = stack.gateways as [RunningGateway];
});
afterAll(() => stack[Symbol.asyncDispose]());

it("a gateway's connection limit applies to devices of all protocols, and not to operators", async () => {
  const { httpPort, mqttPort, api } = gateway;
  const newcomer = async (device: string) => ({ httpPort, mqttPort, device, token: await api.register(device) });
  const [mqtt, overWebSocket] = [connectMqttDevice(5), connectMqttDevice(4, true)];
  const inside = [
    await mqtt(await newcomer("in-1")),
    await overWebSocket(await newcomer("in-2")),
    await connectWebSocketDevice(await newcomer("in-3")),
  ];

  await expect(mqtt(await newcomer("out-1"))).rejects.toMatchObject({ code: 0x97 });
  await expect(overWebSocket(await newcomer("out-2"))).rejects.toMatchObject({ code: 0x03 });
  const { device, token } = await newcomer("out-3");
  expect(await refusalOf(`ws://${device}:${token}@127.0.0.1:${httpPort}`)).toMatchObject({ status: 503 });

  const feed = await RawWebSocket.open(`ws://127.0.0.1:${httpPort}${FEED_PATH}`, {
    headers: { authorization: `Bearer ${stack.adminToken}` },
  });
  await eventually(async () => expect((await api.device("in-1")).status).toBe("connected"));
  await feed.close();

  await inside.shift()?.close();
  const late = await newcomer("late");
  inside.push(await eventually(() => mqtt(late)));
  await Promise.all(inside.map((one) => one.close()));
});
