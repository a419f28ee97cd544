import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Load } from "@fleetlog/simulators/load";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { startProcess } from "../support/processes.ts";
import { type Stack, startStack } from "../support/stack.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ env: { FLEETLOG_DEVICE_RATE: "100000", FLEETLOG_DEVICE_BURST: "100000" } });
});
afterAll(() => stack[Symbol.asyncDispose]());

function gateway() {
  const [first] = stack.gateways;
  if (first === undefined) throw new Error("no gateway");
  return first;
}

describe("the simulated fleet", () => {
  const start = () =>
    startProcess<{ devices: number }>("simulators/src/main.ts", {
      FLEETLOG_HTTP_PORT: String(gateway().httpPort),
      FLEETLOG_MQTT_PORT: String(gateway().mqttPort),
      FLEETLOG_ADMIN_TOKEN: stack.adminToken,
      FLEETLOG_DATA_DIR: stack.dataDir,
      FLEETLOG_FLEET: "12",
    });
  const connected = (total: number) =>
    eventually(async () => expect(await stack.api.devices("?status=connected")).toMatchObject({ total }));
  const tokens = () => readFile(join(stack.dataDir, "simulators", "tokens.json"), "utf8");

  it("registers itself, reports, executes commands, and continues at its next start", async () => {
    const first = await start();
    expect(first.ready.devices).toBe(12);
    await connected(12);
    const { items } = await stack.api.devices("?tag=simulated");
    expect(new Set(items.map(({ session }) => session?.protocol))).toEqual(new Set(["mqtt", "websocket"]));
    const { body } = await stack.api.command(
      "sim-gpio-board-0001",
      { name: "set-gpio", params: { number: 2, value: 1 } },
      "?wait=10s",
    );
    expect(body).toMatchObject({ state: "completed", result: { number: 2, value: 1 } });
    const before = await tokens();
    expect(await first.stop()).toBe(0);
    await connected(0);

    const second = await start();
    await connected(12);
    expect(await tokens()).toBe(before);

    await stack.api.call("POST", "/api/devices/sim-thermometer-0001/token");
    await stack.api.call("DELETE", "/api/devices/sim-thermometer-0002");
    await eventually(async () => expect(await tokens()).not.toBe(before));
    await connected(11);
    expect(await second.stop()).toBe(0);
    expect(await stack.api.device("sim-thermometer-0002")).toMatchObject({ status: "retired" });
  });
});

describe.each(["mqtt", "mqtt5", "websocket"] as const)("load by %s", (protocol) => {
  it("has every acknowledged event in the log once, after cut connections and a killed gateway", async () => {
    const ids = Array.from({ length: 5 }, (_, index) => `load-${protocol}-${index}`);
    const devices = await Promise.all(ids.map(async (device) => ({ device, token: await stack.api.register(device) })));
    const { httpPort, mqttPort } = gateway();
    const load = new Load({
      target:
        protocol === "websocket"
          ? { protocol, host: "127.0.0.1", port: httpPort }
          : { protocol: "mqtt", host: "127.0.0.1", port: mqttPort, version: protocol === "mqtt5" ? 5 : 4 },
      devices,
      window: 50,
      rate: 1_500,
      reconnect: { baseMs: 20, capMs: 200 },
    });
    await load.connect();
    load.start();
    const acknowledgedBeyond = async (more: number) => {
      const before = load.report().acknowledged;
      await eventually(() => expect(load.report().acknowledged).toBeGreaterThan(before + more));
    };
    await acknowledgedBeyond(200);
    for (const device of load.devices) device.cut();
    await acknowledgedBeyond(200);
    await gateway().process.kill();
    await gateway().restart();
    await acknowledgedBeyond(200);
    await load.drain();
    await load.stop();

    const { sent, acknowledged } = load.report();
    expect(acknowledged).toBe(sent);
    for (const device of load.devices) {
      expect(device.connections).toBeGreaterThanOrEqual(3);
      const events = await stack.api.events(device.id, "&category=event");
      const found = events.map(({ data }) => (data as { seq: number }).seq);
      expect(found.toSorted((a, b) => a - b)).toEqual([...device.acknowledged]);
      expect(events.every(({ id }, index) => id === `${device.id}:${device.boot}:${found[index]}`)).toBe(true);
    }
  });
});

describe("idle connections", () => {
  it.each(["mqtt", "websocket"] as const)("by %s stay open and answer commands", async (protocol) => {
    const ids = Array.from({ length: 20 }, (_, index) => `idle-${protocol}-${index}`);
    const devices = await Promise.all(ids.map(async (device) => ({ device, token: await stack.api.register(device) })));
    const { httpPort, mqttPort } = gateway();
    const port = protocol === "mqtt" ? mqttPort : httpPort;
    const load = new Load({ target: { protocol, host: "127.0.0.1", port }, devices });
    await load.connect();
    const answers = await Promise.all(
      ids.map((id, n) => stack.api.command(id, { name: "echo", params: { n } }, "?wait=20s")),
    );
    for (const [n, { body }] of answers.entries()) expect(body).toMatchObject({ state: "completed", result: { n } });
    await load.stop();
    await eventually(async () => expect(await stack.api.devices("?status=connected")).toMatchObject({ total: 0 }));
  });
});
