import { afterAll, beforeAll, expect, it } from "vitest";
import { connectMqttDevice } from "../support/devices/mqtt.ts";
import { connectWebSocketDevice } from "../support/devices/websocket.ts";
import { eventually } from "../support/eventually.ts";
import { type RunningGateway, type Stack, startStack } from "../support/stack.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ gateways: 2, reactors: 2 });
});
afterAll(() => stack[Symbol.asyncDispose]());

it("a gateway that was paused notices that it was declared lost, and closes its devices' connections", async () => {
  const [still, other] = stack.gateways as [RunningGateway, RunningGateway];
  const { api } = other;
  const ids = ["stays", "moves", "retires"];
  const tokens = new Map<string, string>();
  for (const id of ids) tokens.set(id, await api.register(id));
  const as = (id: string, { httpPort, mqttPort }: RunningGateway) => ({
    httpPort,
    mqttPort,
    device: id,
    token: tokens.get(id) ?? "",
    onCommand: ({ name }: { name: string }) => ({ did: name }),
  });
  const held = await Promise.all(ids.map((id) => connectWebSocketDevice(as(id, still))));
  await eventually(async () => {
    for (const id of ids) expect((await api.device(id)).status).toBe("connected");
  });

  process.kill(still.process.pid, "SIGSTOP");
  try {
    await eventually(async () => {
      for (const id of ids) expect((await api.device(id)).status).toBe("disconnected");
    });
    await connectMqttDevice(5)(as("moves", other));
    expect((await api.call("DELETE", "/api/devices/retires")).status).toBe(204);
  } finally {
    process.kill(still.process.pid, "SIGCONT");
  }
  await Promise.all(held.map(({ closed }) => closed));
  await eventually(async () => {
    expect((await api.device("moves")).status).toBe("connected");
    expect((await api.device("stays")).status).toBe("disconnected");
    expect((await api.device("retires")).status).toBe("retired");
  });

  const back = await connectWebSocketDevice(as("stays", still));
  const { body } = await api.command("stays", { name: "wave" }, "?wait=10s");
  expect(body).toMatchObject({ state: "completed", result: { did: "wave" } });
  await eventually(async () => expect((await api.device("stays")).status).toBe("connected"));
  await back.close();
}, 120_000);

it("commands expire once, although the active reactors process is paused and continues", async () => {
  const { api, reactors } = stack;
  await api.register("absent");
  const pids = reactors.map(({ process: { pid } }) => pid);
  const issue = async (deadline: string) => (await api.command("absent", { name: "x", deadline })).body.id;
  for (const pid of pids) {
    // Two rounds: each process is paused in one of them, so the active process is paused once.
    process.kill(pid, "SIGSTOP");
    try {
      const id = await issue("1s");
      await eventually(async () =>
        expect((await api.call("GET", `/api/commands/${id}`)).body).toMatchObject({ state: "expired" }),
      );
    } finally {
      process.kill(pid, "SIGCONT");
    }
  }
  const last = await issue("1s");
  await eventually(async () =>
    expect((await api.call("GET", `/api/commands/${last}`)).body).toMatchObject({ state: "expired" }),
  );
  const types = (await api.events("absent")).map(({ type }) => type);
  expect(types.filter((type) => type === "CommandExpired")).toHaveLength(3);
}, 120_000);
