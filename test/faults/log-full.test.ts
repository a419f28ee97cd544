import { afterAll, beforeAll, expect, it } from "vitest";
import { connectWebSocketDevice } from "../support/devices/websocket.ts";
import { eventually } from "../support/eventually.ts";
import { limitFleet } from "../support/limit-fleet.ts";
import { type Stack, startStack } from "../support/stack.ts";

const MIB = 1024 ** 2;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({
    env: { FLEETLOG_FLEET_MAX_BYTES: "1MiB", FLEETLOG_DEVICE_RATE: "1000000", FLEETLOG_DEVICE_BURST: "1000000" },
  });
});
afterAll(() => stack[Symbol.asyncDispose]());

it("with a full log, operators' requests are refused and never executed, while devices' reports wait", async () => {
  const { api, gateways, nats } = stack;
  const [gateway] = gateways;
  if (gateway === undefined) throw new Error("no gateway");
  const { httpPort, mqttPort } = gateway;
  const greedy = await connectWebSocketDevice({
    httpPort,
    mqttPort,
    device: "greedy",
    token: await api.register("greedy"),
  });
  const token = await api.register("good");
  const good = await connectWebSocketDevice({ httpPort, mqttPort, device: "good", token });
  let acknowledged = 0;
  const reports = Array.from({ length: 60 }, (_, seq) =>
    greedy.event("spam", { data: { seq, text: "x".repeat(20_000) }, boot: "1-a", seq }).then(() => acknowledged++),
  );
  await eventually(() => expect(acknowledged).toBeGreaterThan(40));

  const issued: string[] = [];
  const issue = async () => {
    const { status, body } = await api.command("good", { name: "move", params: "y".repeat(10_000), deadline: "1h" });
    if (status === 202) issued.push(body.id);
    return status;
  };
  await eventually(async () => expect(await issue()).toBe(507));
  const problem = await api.command("good", { name: "move", params: "y".repeat(10_000) });
  expect(problem).toMatchObject({ status: 507, body: { code: "log-full" } });
  await eventually(async () =>
    expect((await api.call("POST", "/api/devices", { id: "third", name: "x".repeat(100) })).status).toBe(507),
  );
  expect((await api.call("PATCH", "/api/devices/good", { name: "new" })).status).toBe(507);
  expect((await api.call("POST", "/api/devices/good/token")).status).toBe(507);
  expect(await api.call("GET", "/readyz")).toMatchObject({ status: 503, body: { reasons: ["the log is full"] } });

  // The log cannot store the retirement, but the device's credential and session end.
  const retired = await api.call<{ detail: string }>("DELETE", "/api/devices/good");
  expect(retired).toMatchObject({
    status: 507,
    body: { code: "log-full", detail: expect.stringMatching(/credential of good is dead/) },
  });
  await good.closed;

  await limitFleet(nats.port, () => 64 * MIB);
  await Promise.all(reports);
  await eventually(async () => expect((await api.call("GET", "/readyz")).status).toBe(200));
  const events = await api.events("greedy");
  expect(events.filter(({ type }) => type === "DeviceEventReported")).toHaveLength(60);
  const history = await api.events("good");
  const commands = history.flatMap(({ type, data }) =>
    type === "CommandIssued" ? [(data as { command: string }).command] : [],
  );
  expect(commands.sort()).toEqual(issued.sort());
  expect(history.map(({ type }) => type)).not.toContain("DeviceRenamed");
  expect(history.map(({ type }) => type)).not.toContain("DeviceRetired");

  expect((await api.call("POST", "/api/devices", { id: "third" })).status).toBe(201);
  expect((await api.call("DELETE", "/api/devices/good")).status).toBe(204);
  expect((await api.events("good")).map(({ type }) => type)).toContain("DeviceRetired");
  await greedy.close();
});
