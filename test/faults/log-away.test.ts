import { type Credentials, Load } from "@fleetlog/simulators/load";
import { afterAll, beforeAll, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { residentBytes } from "../support/resident.ts";
import { type Stack, startStack } from "../support/stack.ts";

const DEVICES = 20;
const MIB = 1024 ** 2;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({
    freesMemory: true,
    env: {
      // The log is away longer than a short lease on a busy machine. The gateway must not be declared lost.
      FLEETLOG_LEASE_TTL: "2m",
      FLEETLOG_DEVICE_RATE: "1000000",
      FLEETLOG_DEVICE_BURST: "1000000",
      FLEETLOG_DEVICE_BYTE_RATE: "1GiB",
      FLEETLOG_DEVICE_BYTE_BURST: "1GiB",
    },
  });
});
afterAll(() => stack[Symbol.asyncDispose]());

it("a gateway acknowledges nothing while the log is away, keeps its memory bounded, and loses no report", async () => {
  const { api, gateways, nats } = stack;
  const [gateway] = gateways;
  if (gateway === undefined) throw new Error("no gateway");
  const host = "127.0.0.1";
  const devices: Credentials[] = [];
  for (let n = 0; n < DEVICES * 2; n++) devices.push({ device: `d${n}`, token: await api.register(`d${n}`) });
  // Without back-pressure, large messages at full speed would fill the memory in seconds.
  const common = { kind: "telemetry", window: 200, padding: 16_384, reconnect: { baseMs: 50, capMs: 500 } } as const;
  const loads = [
    new Load({
      ...common,
      target: { protocol: "mqtt", host, port: gateway.mqttPort, version: 5 },
      devices: devices.slice(0, DEVICES),
    }),
    new Load({
      ...common,
      target: { protocol: "websocket", host, port: gateway.httpPort },
      devices: devices.slice(DEVICES),
    }),
  ];
  const acknowledged = () => loads.reduce((sum, load) => sum + load.report().acknowledged, 0);
  for (const load of loads) {
    await load.connect();
    load.start();
  }
  await eventually(() => expect(acknowledged()).toBeGreaterThan(5_000));
  const before = residentBytes(gateway.process.pid);

  await nats.kill();
  await eventually(async () => {
    const ready = await api.call<{ reasons: string[] }>("GET", "/readyz");
    expect(ready.status).toBe(503);
    expect(ready.body.reasons).toEqual(["the log can't be reached"]);
  });
  const atStop = acknowledged();
  expect((await api.call("GET", "/healthz")).status).toBe(200);
  // Without back-pressure, the memory would exceed the limit by far within these four seconds.
  for (let i = 0; i < 20; i++) {
    expect(residentBytes(gateway.process.pid) - before).toBeLessThan(160 * MIB);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  expect(acknowledged()).toBe(atStop);

  await nats.start();
  await eventually(async () => expect((await api.call("GET", "/readyz")).status).toBe(200), 60_000);
  await eventually(() => expect(acknowledged()).toBeGreaterThan(atStop + 5_000), 60_000);
  await Promise.all(loads.map((load) => load.drain()));
  for (const load of loads) expect(load.report().acknowledged).toBe(load.report().sent);
  await Promise.all(loads.map((load) => load.stop()));
  for (const load of loads) expect(load.report().ended).toEqual({});
}, 180_000);
