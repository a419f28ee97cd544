import type { RegisteredDevices } from "@fleetlog/protocol";
import { type Credentials, Load } from "@fleetlog/simulators/load";
import { afterAll, beforeAll, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { type Stack, startStack } from "../support/stack.ts";

const DEVICES = 1_200;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack[Symbol.asyncDispose]());

async function register(prefix: string, count: number): Promise<Credentials[]> {
  const devices = Array.from({ length: count }, (_, n) => ({ id: `${prefix}-${n}` }));
  const { body } = await stack.api.call<RegisteredDevices>("POST", "/api/devices/batch", { devices });
  expect(body.registered).toBe(count);
  return body.items.map(({ id, token = "" }) => ({ device: id, token }));
}

const total = async (status: string) => (await stack.api.devices(`?status=${status}&limit=1`)).total;

it("the list of devices shows the right status of many devices that disconnect together, reconnect together, and leave", async () => {
  const { api, gateways } = stack;
  const [gateway] = gateways;
  if (gateway === undefined) throw new Error("no gateway");
  const host = "127.0.0.1";
  const reconnect = { baseMs: 500, capMs: 2_000 };
  const half = DEVICES / 2;
  const loads = [
    new Load({
      reconnect,
      target: { protocol: "mqtt", host, port: gateway.mqttPort, version: 5 },
      devices: await register("m", half),
    }),
    new Load({
      reconnect,
      target: { protocol: "websocket", host, port: gateway.httpPort },
      devices: await register("w", half),
    }),
  ];
  for (const load of loads) await load.connect();
  await eventually(async () => expect(await total("connected")).toBe(DEVICES), 60_000);

  await gateway.process.kill();
  await gateway.restart();
  await eventually(() => expect(loads.every(({ devices }) => devices.every(({ open }) => open))).toBe(true), 60_000);
  await eventually(async () => expect(await total("connected")).toBe(DEVICES), 60_000);
  // On a busy machine some devices need more than one try to reconnect.
  const twice = loads.flatMap(({ devices }) => devices).find(({ connections }) => connections === 2);
  const history = await api.events(twice?.id ?? "none");
  // A gateway event ended the old session, so the device's own events have no SessionClosed.
  expect(history.map(({ type }) => type)).toEqual(["DeviceRegistered", "SessionOpened", "SessionOpened"]);

  await gateway.process.stop();
  await gateway.restart();
  await eventually(async () => expect(await total("connected")).toBe(DEVICES), 60_000);

  await Promise.all(loads.map((load) => load.stop()));
  await eventually(async () => expect(await total("disconnected")).toBe(DEVICES), 60_000);
}, 240_000);
