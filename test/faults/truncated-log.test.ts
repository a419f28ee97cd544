import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { connectMqttDevice } from "../support/devices/mqtt.ts";
import { eventually } from "../support/eventually.ts";
import { type Stack, startStack } from "../support/stack.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack[Symbol.asyncDispose]());

it("a gateway whose FLEET lost its newest events logs the loss; its devices get new sessions", async () => {
  const { api, nats } = stack;
  const [gateway] = stack.gateways as [Stack["gateways"][number]];
  const { httpPort, mqttPort } = gateway;
  const connect = (device: string, token: string) =>
    connectMqttDevice(5)({ httpPort, mqttPort, device, token, onCommand: ({ name }) => ({ did: name }) });
  const tokens = { d1: await api.register("d1"), d2: await api.register("d2") };
  const fleet = join(nats.storeDir, "store", "jetstream", "$G", "streams", "FLEET");
  const earlier = join(nats.storeDir, "earlier");
  await nats.stop();
  await cp(fleet, earlier, { recursive: true });
  await nats.start();

  const before = await eventually(() => connect("d1", tokens.d1));
  for (let n = 0; n < 20; n++) await api.command("d1", { name: "before" }, "?wait=10s");
  await nats.stop();
  await rm(fleet, { recursive: true });
  await cp(earlier, fleet, { recursive: true });
  await nats.start();

  await before.closed;
  await eventually(() => expect(gateway.process.logs().join("\n")).toContain("the log has lost its newest events"));
  const devices = [
    await eventually(() => connect("d1", tokens.d1)),
    await eventually(() => connect("d2", tokens.d2)),
  ] as const;
  for (const [i, device] of (["d1", "d2"] as const).entries()) {
    await eventually(async () => expect((await api.device(device)).status).toBe("connected"));
    const done = await api.command(device, { name: "after" }, "?wait=10s");
    expect(done.body).toMatchObject({ state: "completed", result: { did: "after" } });
    const newer = await connect(device, tokens[device]);
    await devices[i]?.closed;
    expect((await api.command(device, { name: "newer" }, "?wait=10s")).body).toMatchObject({ state: "completed" });
    await newer.close();
  }
}, 120_000);
