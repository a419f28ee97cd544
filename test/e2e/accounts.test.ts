import { createHash } from "node:crypto";
import type { AccountResource, EventResource } from "@fleetlog/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Api } from "../support/api.ts";
import { connectMqttDevice } from "../support/devices/mqtt.ts";
import { connectWebSocketDevice } from "../support/devices/websocket.ts";
import { eventually } from "../support/eventually.ts";
import { publishRaw } from "../support/raw-nats.ts";
import { type RunningGateway, type Stack, startStack } from "../support/stack.ts";

let stack: Stack;
let admin: Api;
let main: Api;
let north: Api;
let second: RunningGateway;

async function operatorOf(account: string, gateway: RunningGateway): Promise<Api> {
  const token = `operator-of-${account}-0123456789`;
  const operator = { id: `op-${account}`, name: account, role: "operator", account, scope: { accounts: [account] } };
  const hash = createHash("sha256").update(token).digest("hex");
  const entry = JSON.stringify({ status: "valid", operator });
  await publishRaw(stack.nats.port, `$KV.operators.operator.${hash}`, entry);
  const api = new Api(gateway.api.url, token);
  await eventually(async () => expect((await api.call("GET", "/api/session")).status).toBe(200));
  return api;
}

beforeAll(async () => {
  stack = await startStack({ gateways: 2 });
  const [first, other] = stack.gateways as [RunningGateway, RunningGateway];
  second = other;
  admin = first.api;
  const created = await admin.call("POST", "/api/accounts", { id: "north", name: "North" });
  expect(created).toMatchObject({ status: 201, body: { id: "north", name: "North", limits: {}, devices: 0 } });
  [main, north] = await Promise.all([operatorOf("main", first), operatorOf("north", other)]);
});
afterAll(() => stack[Symbol.asyncDispose]());

const at = ({ httpPort, mqttPort }: RunningGateway) => ({ httpPort, mqttPort });
const status = async (api: Api, method: string, path: string, body?: unknown) =>
  (await api.call(method, path, body)).status;
const seenBy = async (api: Api, id: string) => {
  const [events, commands] = await Promise.all([api.events(id), api.call("GET", `/api/commands?device=${id}`)]);
  const { items } = commands.body as { items: { id: string }[] };
  return { types: events.map(({ type }) => type), commands: items.map((command) => command.id) };
};

async function lively(id: string) {
  const token = await main.register(id);
  const device = await connectMqttDevice(5)({ ...at(second), device: id, token });
  await device.telemetry({ data: { celsius: 20 } });
  await device.event("opened", { data: {} });
  const { body } = await main.command(id, { name: "wait", deadline: "1h" });
  await eventually(async () => expect((await main.device(id)).status).toBe("connected"));
  return { token, device, command: body.id };
}

describe("accounts", () => {
  it("are for administrators only", async () => {
    const { body } = await admin.call<{ items: AccountResource[] }>("GET", "/api/accounts");
    expect(body.items.map(({ id }) => id)).toEqual(["main", "north"]);
    for (const [method, path, sent] of [
      ["GET", "/api/accounts", undefined],
      ["GET", "/api/accounts/main", undefined],
      ["POST", "/api/accounts", { id: "mine", name: "Mine" }],
      ["PATCH", "/api/accounts/north", { limits: {} }],
    ] as const)
      expect(await status(north, method, path, sent)).toBe(403);
    expect((await admin.call("POST", "/api/accounts", { id: "north", name: "N" })).body).toMatchObject({
      code: "account-exists",
    });
    expect(await status(admin, "GET", "/api/accounts/south")).toBe(404);
  });

  it("own the devices that their people register, and hide the devices of other accounts", async () => {
    await north.register("own-1");
    expect((await admin.device("own-1")).account).toBe("north");
    expect((await north.devices("?search=own-")).total).toBe(1);
    expect((await main.devices("?search=own-")).total).toBe(0);
    expect(await status(main, "GET", "/api/devices/own-1")).toBe(404);
    expect(await status(main, "GET", "/api/devices/own-1/events")).toBe(404);
    expect(await status(main, "PATCH", "/api/devices/own-1", { name: "Mine" })).toBe(404);
    expect((await main.call("POST", "/api/devices", { id: "own-2", account: "north" })).body).toMatchObject({
      status: 404,
      code: "account-unknown",
    });
    expect((await admin.devices("?account=north&search=own-")).total).toBe(1);
  });
});

describe("a device that moves to another account", () => {
  it("hides its earlier history from the new account if the history stays, and its open commands end", async () => {
    const { token, device, command } = await lively("stays-1");
    expect(await status(main, "PATCH", "/api/devices/stays-1", { account: "north", history: "stays" })).toBe(403);
    const before = await seenBy(admin, "stays-1");
    const moved = await admin.call("PATCH", "/api/devices/stays-1", { account: "north", history: "stays" });
    expect(moved).toMatchObject({ status: 200, body: { account: "north" } });
    await device.closed;
    expect(await status(main, "GET", "/api/devices/stays-1")).toBe(404);
    expect(await status(main, "GET", `/api/commands/${command}`)).toBe(404);
    expect(await status(north, "GET", `/api/commands/${command}`)).toBe(404);
    expect(await status(north, "DELETE", `/api/commands/${command}`)).toBe(404);
    await eventually(async () =>
      expect((await admin.call("GET", `/api/commands/${command}`)).body).toMatchObject({
        state: "cancelled",
        events: expect.arrayContaining([
          expect.objectContaining({ id: `${command}/moved`, data: expect.objectContaining({ by: "system" }) }),
        ]),
      }),
    );

    const again = await connectWebSocketDevice({ ...at(second), device: "stays-1", token });
    await again.telemetry({ data: { celsius: 21 } });
    const issued = (await north.command("stays-1", { name: "hello" })).body.id;
    const seen = await eventually(async () => {
      const found = await seenBy(north, "stays-1");
      expect(found.types).toContain("CommandDelivered");
      return found;
    });
    expect(seen.commands).toEqual([issued]);
    expect(seen.types[0]).toBe("DeviceMoved");
    expect(seen.types.filter((type) => type === "TelemetryReported")).toHaveLength(1);
    for (const type of ["DeviceRegistered", "DeviceEventReported"]) expect(seen.types).not.toContain(type);
    const newest = await north.events("stays-1", "&order=desc");
    expect(newest.map(({ type }) => type).toSorted()).toEqual((await seenBy(north, "stays-1")).types.toSorted());
    const telemetry = await north.events("stays-1", "&category=telemetry");
    expect(telemetry.map(({ data }) => data)).toEqual([{ data: { celsius: 21 } }]);
    expect((await seenBy(admin, "stays-1")).types).toEqual(expect.arrayContaining(before.types));
    await again.close();
  });

  it("shows its whole history to the new account if the history moves too", async () => {
    const { token, device, command } = await lively("along-1");
    const before = await seenBy(main, "along-1");
    await admin.call("PATCH", "/api/devices/along-1", { account: "north", history: "along" });
    await device.closed;
    const again = await connectMqttDevice(4)({ ...at(second), device: "along-1", token });
    await eventually(async () => {
      const { types, commands } = await seenBy(north, "along-1");
      expect(types).toEqual(expect.arrayContaining([...before.types, "DeviceMoved"]));
      expect(commands).toEqual([command]);
      expect(again.commands.map(({ id }) => id)).toEqual([command]);
    });
    await again.telemetry({ nothing: "valid" });
    await again.telemetry({ data: { celsius: 22 } });
    await again.event("closed", { data: {} });
    await again.close();
    const events = await eventually(async () => {
      const found: EventResource[] = await north.events("along-1");
      expect(found.map(({ type }) => type)).toEqual(expect.arrayContaining(["ReportsRefused", "SessionClosed"]));
      expect(found.at(-1)?.type).toBe("SessionClosed");
      return found;
    });
    const moved = events.findIndex(({ type }) => type === "DeviceMoved");
    const accountsOf = (some: readonly EventResource[]) => [
      ...new Set(some.map((event) => (event as { account?: string }).account)),
    ];
    expect(accountsOf(events.slice(0, moved))).toEqual(["main"]);
    const later = events.slice(moved).filter(({ data }) => (data as { reason?: string }).reason !== "moved");
    expect(accountsOf(later)).toEqual(["north"]);
  });
});

describe("limits of an account", () => {
  it("refuse one device too many on every node, with the name of the limit", async () => {
    const { devices } = (await admin.call<AccountResource>("GET", "/api/accounts/north")).body;
    const limited = await admin.call("PATCH", "/api/accounts/north", { limits: { devices: devices + 1 } });
    expect(limited.body).toMatchObject({ limits: { devices: devices + 1 } });
    await north.register("last-1");
    const refused = await eventually(async () => {
      const answer = await north.call("POST", "/api/devices", { id: "last-2" });
      expect(answer.status).toBe(409);
      return answer;
    });
    expect(refused.body).toMatchObject({ code: "limit-reached", field: "limits.devices" });
    const batch = await north.call("POST", "/api/devices/batch", { devices: [{ id: "last-3" }] });
    expect(batch.body).toMatchObject({ registered: 0, items: [{ error: { code: "limit-reached" } }] });
    expect(await status(admin, "PATCH", "/api/accounts/north", { limits: {} })).toBe(200);
  });

  it("slow down all devices of the account together, but no device of another account", async () => {
    const tokens = await Promise.all(["slow-1", "slow-2"].map((id) => north.register(id)));
    const fast = await main.register("fast-1");
    await admin.call("PATCH", "/api/accounts/north", { limits: { eventsPerMinute: 60 } });
    const [one, other] = await Promise.all(
      tokens.map((token, i) => connectWebSocketDevice({ ...at(second), device: `slow-${i + 1}`, token })),
    );
    const free = await connectWebSocketDevice({ ...at(second), device: "fast-1", token: fast });
    if (one === undefined || other === undefined) throw new Error("no devices");
    const send = (device: typeof free, count: number) =>
      device.telemetry(Array.from({ length: count }, (_, i) => ({ data: { i } })));
    await send(one, 60);
    await send(other, 3);
    // Either device's next message is read only when the account may send again, seconds later.
    const limited = Promise.all([send(one, 1), send(other, 1)]).then(() => "limited");
    const unlimited = Promise.all([send(free, 100), send(free, 100)]).then(() => "unlimited");
    expect(await Promise.race([limited, unlimited])).toBe("unlimited");
    await limited;
    for (const device of [one, other, free]) await device.close();
    await admin.call("PATCH", "/api/accounts/north", { limits: {} });
  });
});
