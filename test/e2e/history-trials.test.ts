import type { DeviceDetail, FleetSummary, Problem, Trial } from "@fleetlog/protocol";
import { afterAll, beforeAll, expect, it } from "vitest";
import { connectMqttDevice } from "../support/devices/mqtt.ts";
import { eventually } from "../support/eventually.ts";
import { type Stack, startStack } from "../support/stack.ts";

const COMES_BACK = "pump-1";
const STAYS_AWAY = "pump-2";

let stack: Stack;

const byStatus = async () => (await stack.api.call<FleetSummary>("GET", "/api/devices/summary")).body.byStatus;

/** A gateway dies with two devices. One of them connects to another gateway after it was shown as disconnected. */
beforeAll(async () => {
  stack = await startStack({ gateways: 2, historians: 1 });
  const [first, second] = stack.gateways;
  const tokens = new Map<string, string>();
  const connect = (device: string, gateway: typeof first) =>
    connectMqttDevice(5)({
      ...{ httpPort: gateway?.httpPort ?? 0, mqttPort: gateway?.mqttPort ?? 0, device },
      ...{ token: tokens.get(device) ?? "", onCommand: () => ({ done: true }) },
    });
  for (const device of [COMES_BACK, STAYS_AWAY]) {
    tokens.set(device, await stack.api.register(device));
    await connect(device, second);
  }
  await eventually(async () => expect((await byStatus()).connected).toBe(2));
  await second?.process.kill();
  await eventually(async () => expect((await byStatus()).disconnected).toBe(2));
  await stack.api.command(COMES_BACK, { name: "flush" });
  await connect(COMES_BACK, first);
  await eventually(async () => expect((await byStatus()).connected).toBe(1));
});
afterAll(() => stack[Symbol.asyncDispose]());

/** Runs a trial to its end, then deletes it. */
async function ended(request: object, state: Trial["state"] = "done"): Promise<Trial> {
  const { status, body } = await stack.api.call<Trial>("POST", "/api/history/trials", request);
  expect(status).toBe(202);
  const path = `/api/history/trials/${body.id}`;
  let trial = body;
  await eventually(async () => {
    trial = (await stack.api.call<Trial>("GET", path)).body;
    expect(trial.state).toBe(state);
  }, 50_000);
  expect((await stack.api.call("DELETE", path)).status).toBe(204);
  expect((await stack.api.call("GET", path)).status).toBe(404);
  return trial;
}

const tried = (presence: Record<string, string>) => ended({ presence });

it("a trial shows that a longer lease would not have disconnected the device that came back", async () => {
  const { differences, counts, limits } = await tried({ lease: "10m" });
  expect(differences).toMatchObject([
    { device: COMES_BACK, cause: "lease", outcome: "avoided" },
    { device: STAYS_AWAY, cause: "lease", outcome: "after-span" },
  ]);
  expect(counts).toMatchObject({ disconnections: 2, tried: 0, avoided: 1, afterSpan: 1, commands: 1 });
  expect(limits.join(" ")).toContain("renewals");
});

it("a trial does not change the live system", async () => {
  expect(await byStatus()).toMatchObject({ connected: 1, disconnected: 1 });
});

it("a trial of the same lease shows no change", async () => {
  expect(await tried({ lease: "2s" })).toMatchObject({ differences: [], counts: { disconnections: 2, tried: 2 } });
});

it("a trial of a shorter lease is refused with the reason", async () => {
  const { body } = await stack.api.call<Problem>("POST", "/api/history/trials", { presence: { lease: "1s" } });
  expect(body).toMatchObject({ status: 400, code: "invalid-request", field: "presence" });
  expect(body.detail).toContain("does not have the renewals");
});

it("a trial folds the events of a span with a projection of the analyst's own", async () => {
  const code = `
    function evolve(row = { opened: 0 }, event) {
      if (event.type === "SessionOpened") return { ...row, opened: row.opened + 1 };
      if (event.type === "CommandIssued") return { ...row, command: event.data.name };
    }`;
  expect(await ended({ projection: { code, categories: ["session", "command"] } })).toMatchObject({
    rows: [
      { key: COMES_BACK, row: { opened: 2, command: "flush" } },
      { key: STAYS_AWAY, row: { opened: 1 } },
    ],
    moreRows: 0,
  });
  const gateways = `
    function keyOf({ type, data }) { return type === "GatewayLost" ? data.gateway : undefined }
    function evolve(n = 0) { return n + 1 }`;
  const { rows } = await ended({ projection: { code: gateways, categories: ["gateway"] } });
  expect(rows).toEqual([{ key: stack.gateways[1]?.name, row: 1 }]);
});

it("the historian ends a projection that loops, and stays ready for other trials", async () => {
  const { problem, rows } = await ended({ projection: { code: "function evolve() { for (;;); }" } }, "failed");
  // 2 s of processor time, or 10 s of wall time on a busy machine.
  expect(problem).toMatch(/it ran longer than (2|10) s, at the event \d+ \(DeviceRegistered\)$/);
  expect(rows).toBeUndefined();
  expect(await ended({ projection: { code: "function evolve() { return 1 }" }, device: COMES_BACK })).toMatchObject({
    rows: [{ key: COMES_BACK, row: 1 }],
  });
});

it("a trial compares the devices of a moment with another catalogue", async () => {
  const [gateway] = stack.gateways;
  const token = await stack.api.register("pump-3");
  const ports = { httpPort: gateway?.httpPort ?? 0, mqttPort: gateway?.mqttPort ?? 0 };
  const device = await connectMqttDevice(5)({ ...ports, device: "pump-3", token });
  const before = (await stack.api.call<DeviceDetail>("GET", "/api/devices/pump-3")).body.seq;
  await device.profile({ model: "UC-1", firmware: "1.4" });
  await eventually(async () => {
    const { body } = await stack.api.call<DeviceDetail>("GET", "/api/devices/pump-3");
    expect(body.profile).toMatchObject({ firmware: "1.4" });
  });
  await device.close();
  const scan = { packages: [{ name: "firmware", category: "firmware", version: "1.5", models: ["UC-*"] }] };
  const { updates, scanned } = await ended({ scan });
  expect(updates).toMatchObject([
    { device: "pump-3", package: "firmware", current: "1.4", tried: { state: "available", available: "1.5" } },
  ]);
  expect(scanned).toMatchObject({ account: "main", devices: 3, differing: 1, before: { never: 3 } });
  expect((await ended({ scan, to: String(before) })).updates).toEqual([]);
  const { body } = await stack.api.call<Problem>("POST", "/api/history/trials", { scan, account: "nobody" });
  expect(body).toMatchObject({ status: 404, code: "account-unknown" });
});
