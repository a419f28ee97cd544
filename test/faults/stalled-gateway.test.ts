import { afterAll, beforeAll, expect, it } from "vitest";
import { connectMqttDevice } from "../support/devices/mqtt.ts";
import { connectWebSocketDevice } from "../support/devices/websocket.ts";
import { eventually } from "../support/eventually.ts";
import { type RunningGateway, type Stack, startStack } from "../support/stack.ts";

let stack: Stack;
let stalled: RunningGateway;
let other: RunningGateway;
beforeAll(async () => {
  stack = await startStack({ gateways: 2 });
  [stalled, other] = stack.gateways as [RunningGateway, RunningGateway];
});
afterAll(() => stack[Symbol.asyncDispose]());

it("a gateway that stalled past its lease closes its devices' connections, and the devices reconnect", async () => {
  const { httpPort, mqttPort } = stalled;
  const ids = ["by-mqtt", "by-websocket"] as const;
  const tokens = Object.fromEntries(await Promise.all(ids.map(async (id) => [id, await other.api.register(id)])));
  const echo = { onCommand: ({ name }: { name: string }) => ({ did: name }) };
  const connect = () =>
    Promise.all([
      connectMqttDevice(5)({ httpPort, mqttPort, device: ids[0], token: tokens[ids[0]], ...echo }),
      connectWebSocketDevice({ httpPort, mqttPort, device: ids[1], token: tokens[ids[1]], ...echo }),
    ]);
  const are = (status: string) =>
    eventually(async () => {
      for (const id of ids) expect((await other.api.device(id)).status).toBe(status);
    });
  const before = await connect();
  await are("connected");

  process.kill(stalled.process.pid, "SIGSTOP");
  await are("disconnected");
  const issued = await Promise.all(ids.map((id) => other.api.command(id, { name: "blink" })));
  process.kill(stalled.process.pid, "SIGCONT");
  await Promise.all(before.map(({ closed }) => closed));

  const after = await connect();
  await are("connected");
  for (const { body } of issued) {
    await eventually(async () => {
      const command = await other.api.call("GET", `/api/commands/${body.id}`);
      expect(command.body).toMatchObject({ state: "completed" });
    });
  }
  // One gateway event ended both sessions, so the devices' own events have no SessionClosed.
  for (const id of ids) {
    const sessions = (await other.api.events(id, "&category=session")).map(({ type }) => type);
    expect(sessions).toEqual(["SessionOpened", "SessionOpened"]);
  }
  await Promise.all(after.map((device) => device.close()));
});
