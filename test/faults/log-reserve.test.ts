import { afterAll, beforeAll, expect, it } from "vitest";
import { connectMqttDevice } from "../support/devices/mqtt.ts";
import { connectWebSocketDevice } from "../support/devices/websocket.ts";
import { eventually } from "../support/eventually.ts";
import { limitFleet } from "../support/limit-fleet.ts";
import { type Stack, startStack } from "../support/stack.ts";

const MIB = 1024 ** 2;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack[Symbol.asyncDispose]());

it("with a nearly full log, devices' events wait, all else works, and nothing acknowledged is lost", async () => {
  const { api, gateways, nats } = stack;
  const [gateway] = gateways;
  if (gateway === undefined) throw new Error("no gateway");
  const { httpPort, mqttPort } = gateway;
  const ports = { httpPort, mqttPort };
  const greedy = await connectWebSocketDevice({ ...ports, device: "greedy", token: await api.register("greedy") });
  const spam = (seq: number) => greedy.event("spam", { data: { text: "x".repeat(40_000) }, boot: "1-a", seq });
  await Promise.all(Array.from({ length: 25 }, (_, seq) => spam(seq)));
  expect(await api.call("GET", "/readyz")).toMatchObject({ status: 200, body: { nearlyFull: false } });

  await limitFleet(nats.port, ({ state }) => Math.floor(state.bytes / 0.96));
  await eventually(async () =>
    expect(await api.call("GET", "/readyz")).toMatchObject({
      status: 200,
      body: { ready: true, log: "ready", nearlyFull: true },
    }),
  );
  let acknowledged = 0;
  const held = [25, 26, 27].map((seq) => spam(seq).then(() => acknowledged++));
  const profile = greedy.profile({ model: "P1" }).then(() => acknowledged++);

  await greedy.telemetry({ data: { celsius: 21 } });
  for (const [device, connect] of [
    ["d1", connectWebSocketDevice],
    ["d2", connectMqttDevice(5)],
  ] as const) {
    const connected = await connect({ ...ports, device, token: await api.register(device), onCommand: () => "done" });
    const { status, body } = await api.command(device, { name: "move" }, "?wait=10s");
    expect([status, body.state]).toEqual([200, "completed"]);
    await connected.close();
  }
  expect((await api.call("DELETE", "/api/devices/d1")).status).toBe(204);
  expect(acknowledged).toBe(0);

  await limitFleet(nats.port, () => 64 * MIB);
  await Promise.all([...held, profile]);
  const types = (await api.events("greedy")).map(({ type }) => type);
  expect(types.filter((type) => type === "DeviceEventReported")).toHaveLength(28);
  expect(types).toContain("DeviceProfileReported");
  expect(await api.call("GET", "/readyz")).toMatchObject({ status: 200, body: { nearlyFull: false } });
  await greedy.close();
});
