import type { AdmittedDevice, RegisteredDevice, WaitingList } from "@fleetlog/protocol";
import { Client } from "rpc-websockets";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runEdgebindProgram } from "../support/edgebind-program.ts";
import { eventually } from "../support/eventually.ts";
import { RawWebSocket } from "../support/raw-websocket.ts";
import { type RunningGateway, type Stack, startStack } from "../support/stack.ts";
import type { StockClient } from "../support/stock-clients.ts";

let stack: Stack;
let first: RunningGateway;
let second: RunningGateway;
let addresses = 1;
beforeAll(async () => {
  const env = { FLEETLOG_EDGEBIND_PORT: "0", FLEETLOG_TRUSTED_PROXIES: "127.0.0.1" };
  stack = await startStack({ gateways: 2, env });
  [first, second] = stack.gateways as [RunningGateway, RunningGateway];
}, 60_000);
afterAll(() => stack[Symbol.asyncDispose]());

const newAddress = () => `127.0.0.${++addresses}`;
const urlOf = ({ process }: RunningGateway) => `ws://127.0.0.1:${process.ready.dialectPorts?.edgebind}`;

function edgebindProgram(gateway: RunningGateway, localAddress: string): { readonly rebooted: Promise<void> } {
  const client = new Client(urlOf(gateway), { localAddress, reconnect: false } as object);
  return runEdgebindProgram(client as unknown as StockClient);
}

async function register(id: string, address: string): Promise<RegisteredDevice> {
  const { status, body } = await stack.api.call<RegisteredDevice>("POST", "/api/devices", {
    id,
    dialect: "edgebind",
    address,
    tags: ["hall"],
  });
  expect(status).toBe(201);
  return body;
}

const isConnected = (id: string) =>
  eventually(async () => expect(await stack.api.device(id)).toMatchObject({ status: "connected" }));

const waitingAt = (address: string, { api }: RunningGateway = first) =>
  eventually(async () => {
    const { body } = await api.call<WaitingList>("GET", "/api/waiting");
    const found = body.items.find((client) => client.address === address);
    expect(found?.events).toEqual(["reboot"]);
    return found as NonNullable<typeof found>;
  });

describe("a device of Edgebind", () => {
  it("is registered by its address without a token, and is found, shown, commanded and retired like others", async () => {
    const address = newAddress();
    const registered = await register("gate-1", address);
    expect(registered).toMatchObject({ dialect: "edgebind", login: { address } });
    expect("token" in registered).toBe(false);
    await stack.api.register("native-1", { tags: ["hall"] });
    const { rebooted } = edgebindProgram(first, address);
    await isConnected("gate-1");
    const finds = (query: string, ids: readonly string[]) =>
      eventually(async () => expect((await stack.api.devices(query)).items?.map(({ id }) => id)).toEqual(ids));
    await finds("?tag=hall", ["gate-1", "native-1"]);
    await finds("?dialect=edgebind", ["gate-1"]);
    await finds(`?search=${address}`, ["gate-1"]);
    await finds("?tag=hall&dialect=native", ["native-1"]);
    const done = await stack.api.command("gate-1", { name: "reboot" }, "?wait=10s");
    await rebooted;
    expect(done.body).toMatchObject({ state: "completed", result: { closed: 1000 }, issuedBy: "admin" });
    const types = (await stack.api.events("gate-1")).map(({ type }) => type);
    for (const type of ["DeviceRegistered", "SessionOpened", "CommandIssued", "CommandDelivered", "CommandCompleted"])
      expect(types.filter((one) => one === type)).toHaveLength(1);
    expect((await stack.api.call("POST", "/api/devices/gate-1/token")).body).toMatchObject({
      code: "dialect-mismatch",
    });
    expect((await stack.api.call("DELETE", "/api/devices/gate-1")).status).toBe(204);
    edgebindProgram(first, address);
    await waitingAt(address);
  });

  it("keeps its address from other devices until the address is changed or removed, which ends the session", async () => {
    const [address, other] = [newAddress(), newAddress()];
    await register("gate-2", address);
    const body = { id: "gate-3", dialect: "edgebind", address };
    expect((await stack.api.call("POST", "/api/devices", body)).body).toMatchObject({
      code: "login-taken",
      field: "address",
    });
    const raw = await RawWebSocket.open(urlOf(first), { localAddress: address });
    await isConnected("gate-2");
    expect((await second.api.call("PUT", "/api/devices/gate-2/login", { address: other })).status).toBe(204);
    expect(await raw.closed).toMatchObject({ code: 1008 });
    const moved = await RawWebSocket.open(urlOf(second), { localAddress: other });
    await isConnected("gate-2");
    expect((await stack.api.call("DELETE", "/api/devices/gate-2/login")).status).toBe(204);
    expect(await moved.closed).toMatchObject({ code: 1008 });
    expect((await stack.api.call("POST", "/api/devices", body)).status).toBe(201);
  });

  it("is known by the address that a trusted proxy names; addresses that other peers name are ignored", async () => {
    await register("gate-4", "192.0.2.4");
    const headers = { "x-forwarded-for": "192.0.2.4" };
    const forged = await RawWebSocket.open(urlOf(first), { headers, localAddress: newAddress() });
    const proxied = await RawWebSocket.open(urlOf(first), { headers });
    await eventually(async () => expect((await stack.api.device("gate-4")).session?.address).toMatch(/^192\.0\.2\.4/));
    await forged.close();
    await proxied.close();
  });

  it("continues at another gateway when its own is killed", async () => {
    const address = newAddress();
    await register("gate-5", address);
    await RawWebSocket.open(urlOf(second), { localAddress: address });
    await eventually(async () => expect((await stack.api.device("gate-5")).session?.gateway).toBe("gateway-2"));
    await second.process.kill();
    const { rebooted } = edgebindProgram(first, address);
    await eventually(async () => expect((await stack.api.device("gate-5")).session?.gateway).toBe("gateway-1"));
    const done = await stack.api.command("gate-5", { name: "reboot" }, "?wait=10s");
    await rebooted;
    expect(done.body).toMatchObject({ state: "completed" });
    expect((await stack.api.device("gate-5")).login).toEqual({ address });
    await second.restart();
  });
});

describe("a waiting client", () => {
  it("is listed by every gateway, and is let in from any of them", async () => {
    const address = newAddress();
    const { rebooted } = edgebindProgram(first, address);
    const { id, gateway } = await waitingAt(address, second);
    expect(gateway).toBe("gateway-1");
    const admitted = await second.api.call<AdmittedDevice>("POST", `/api/waiting/${id}/admit`, {
      id: "gate-6",
      name: "North gate",
      tags: ["hall"],
    });
    expect(admitted).toMatchObject({ status: 201, body: { id: "gate-6", address } });
    expect(await stack.api.device("gate-6")).toMatchObject({ name: "North gate", login: { address } });
    const done = await stack.api.command("gate-6", { name: "reboot" }, "?wait=10s");
    await rebooted;
    expect(done.body).toMatchObject({ state: "completed", result: { closed: 1000 } });
    expect((await stack.api.call("POST", `/api/waiting/${id}/admit`, { id: "gate-7" })).body).toMatchObject({
      code: "waiting-unknown",
    });
    const read = () => stack.api.call<{ items?: { action: string }[] }>("GET", "/api/audit?device=gate-6&limit=20");
    await eventually(async () => {
      const { body } = await read();
      expect(body.items?.map(({ action }) => action) ?? body).toContain("waiting.admit");
    });
  });
});
