import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { connectMqttDevice } from "../support/devices/mqtt.ts";
import { eventually } from "../support/eventually.ts";
import { type Stack, startStack } from "../support/stack.ts";

const hasEnded = (closed: Promise<unknown>) =>
  Promise.race([closed.then(() => true), new Promise<false>((resolve) => setImmediate(resolve, false))]);

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack[Symbol.asyncDispose]());

it("a gateway continues when its FLEET was replaced by an empty FLEET while it ran", async () => {
  const { api, nats } = stack;
  const [{ httpPort, mqttPort }] = stack.gateways as [Stack["gateways"][number]];
  const connect = (token: string) =>
    connectMqttDevice(5)({ httpPort, mqttPort, device: "d1", token, onCommand: ({ name }) => ({ did: name }) });
  const before = await connect(await api.register("d1"));
  for (let n = 0; n < 20; n++) await api.command("d1", { name: "before" }, "?wait=10s");

  await nats.stop();
  await rm(join(nats.storeDir, "store", "jetstream", "$G", "streams", "FLEET"), { recursive: true });
  await nats.start();
  await before.closed;
  const token = await eventually(() => api.register("d1"));
  // The gateway may notice only now that its own start is no longer in the log; then it ends its sessions once more.
  let after = await eventually(() => connect(token));
  await eventually(async () => {
    if (await hasEnded(after.closed)) after = await connect(token);
    const done = await api.command("d1", { name: "after" }, "?wait=10s");
    expect(done.body).toMatchObject({ state: "completed", result: { did: "after" } });
    expect((await api.device("d1")).status).toBe("connected");
  });
  await after.close();
  const { body } = await api.command("d1", { name: "never" });
  expect((await api.call("POST", `/api/commands/${body.id}/cancel`)).body).toMatchObject({ state: "cancelled" });
});
