import { admitWaiting, registerDevice, retireDevice } from "@fleetlog/fleet";
import { EdgebindProgram } from "@fleetlog/simulators";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type EdgebindEndpoint, startEdgebindEndpoint } from "../support/edgebind-endpoint.ts";
import { runEdgebindProgram } from "../support/edgebind-program.ts";
import { eventually } from "../support/eventually.ts";
import { TESTER } from "../support/gateway-parts.ts";
import { RawWebSocket, refusalOf } from "../support/raw-websocket.ts";
import { EDGEBIND_CLIENTS, type NewStockClient } from "../support/stock-clients.ts";

let node: EdgebindEndpoint;
let addresses = 1;
let names = 0;
beforeAll(async () => {
  node = await startEdgebindEndpoint();
});
afterAll(() => node[Symbol.asyncDispose]());

const newAddress = () => `127.0.0.${++addresses}`;
const newName = () => `edge-${++names}`;

async function register(address?: string, id = newName()): Promise<string> {
  await registerDevice(node.fleet, TESTER, { id, dialect: "edgebind", address });
  return id;
}

const admit = (waiting: string, id: string) =>
  admitWaiting({ ...node.fleet, waiting: node.waitingStore }, TESTER, { waiting, id });

const types = async (id: string, category: "session" | "command" | "device") =>
  (await node.events(id, category)).map(({ type }) => type);
const commandEnd = async (id: string) => (await node.events(id, "command")).at(-1);
const isConnected = (id: string) =>
  eventually(async () => expect(await types(id, "session")).toEqual(["SessionOpened"]));

const open = (localAddress: string) => RawWebSocket.open(node.url, { localAddress });

/** The client that waits at this address. */
const waitingAt = (address: string, earlier?: string) =>
  eventually(async () => {
    const found = (await node.waiting()).filter((client) => client.address === address && client.id !== earlier);
    expect(found).toHaveLength(1);
    return found[0] as (typeof found)[number];
  });

/** An Edgebind program. Such programs differ only in their addresses. */
function edgebindProgram(newClient: NewStockClient, localAddress: string): { readonly rebooted: Promise<void> } {
  return runEdgebindProgram(newClient(node.url, { localAddress, reconnect: false }));
}

describe.each(EDGEBIND_CLIENTS)("an Edgebind program with rpc-websockets %s", (_version, newClient) => {
  it("is rebooted alone by an operator, and the history says so", async () => {
    const [here, there] = [newAddress(), newAddress()];
    const id = await register(here);
    const other = await register(there);
    let others = 0;
    void edgebindProgram(newClient, there).rebooted.then(() => others++);
    const { rebooted } = edgebindProgram(newClient, here);
    await isConnected(id);
    await isConnected(other);
    await node.issue(id, "reboot");
    await rebooted;
    await eventually(async () =>
      expect(await types(id, "command")).toEqual(["CommandIssued", "CommandDelivered", "CommandCompleted"]),
    );
    const [issued, , completed] = await node.events(id, "command");
    expect(issued).toMatchObject({ data: { by: "tester" } });
    expect(completed).toMatchObject({ data: { result: { closed: 1000 } } });
    await eventually(async () =>
      expect((await node.events(id, "session")).at(-1)).toMatchObject({ data: { reason: "device-closed" } }),
    );
    expect(await types(other, "session")).toEqual(["SessionOpened"]);
    expect(others).toBe(0);
  });

  it("waits at an unknown address, and becomes a device, without another call, once an operator lets it in", async () => {
    const address = newAddress();
    const { rebooted } = edgebindProgram(newClient, address);
    await eventually(async () =>
      expect((await node.waiting()).find((client) => client.address === address)?.events).toEqual(["reboot"]),
    );
    const { id: waiting } = await waitingAt(address);
    const id = newName();
    expect(await admit(waiting, id)).toMatchObject({ device: id, address });
    expect(await types(id, "device")).toEqual(["DeviceRegistered", "DeviceAdmitted"]);
    await node.issue(id, "reboot");
    await rebooted;
    await eventually(async () => expect((await commandEnd(id))?.type).toBe("CommandCompleted"));
    edgebindProgram(newClient, address);
    await eventually(async () =>
      expect(await types(id, "session")).toEqual(["SessionOpened", "SessionClosed", "SessionOpened"]),
    );
  });
});

describe("the simulated program", () => {
  it("is let in, closes on an event, and comes back as the same device", async () => {
    const events: string[] = [];
    const onEvent = (event: string) => events.push(event);
    const program = new EdgebindProgram({ url: node.url, scenario: "reboots", awayMs: 1, onEvent });
    await program.start();
    const id = newName();
    await admit((await waitingAt("127.0.0.1")).id, id);
    await node.issue(id, "reboot");
    await eventually(async () =>
      expect(await types(id, "session")).toEqual(["SessionOpened", "SessionClosed", "SessionOpened"]),
    );
    expect(events).toEqual(["reboot"]);
    await eventually(async () => expect(await commandEnd(id)).toMatchObject({ data: { result: { closed: 1000 } } }));
    await program.stop();
  });
});

describe("a command", () => {
  it("is sent as the event of its name, with its arguments, once the device has subscribed, and is then completed", async () => {
    const address = newAddress();
    const id = await register(address);
    const raw = await open(address);
    await isConnected(id);
    await node.issue(id, "set", [1, { a: "b" }]);
    expect(await raw.call("rpc.on", ["set", "one"])).toMatchObject({ result: { set: "ok", one: "ok" } });
    expect(await raw.next()).toEqual({ notification: "set", params: [1, { a: "b" }] });
    await eventually(async () => expect(await commandEnd(id)).toMatchObject({ data: { result: { received: true } } }));
    await node.issue(id, "one", { x: 1 });
    expect(await raw.next()).toEqual({ notification: "one", params: [{ x: 1 }] });
    await node.issue(id, "other");
    await eventually(async () => expect(await commandEnd(id)).toMatchObject({ type: "CommandIssued" }));
    await raw.close();
  });

  it("is the only command on its connection, so that a close answers no other; the next command waits for a new connection", async () => {
    const address = newAddress();
    const id = await register(address);
    let raw = await open(address);
    await raw.call("rpc.on", ["reboot"]);
    const first = await node.issue(id, "reboot", [1]);
    const second = await node.issue(id, "reboot", [2]);
    expect(await raw.next()).toEqual({ notification: "reboot", params: [1] });
    await raw.close();
    await eventually(async () => expect(await commandEnd(id)).toMatchObject({ data: { command: first.id } }));
    raw = await open(address);
    await raw.call("rpc.on", ["reboot"]);
    expect(await raw.next()).toEqual({ notification: "reboot", params: [2] });
    await raw.close();
    await eventually(async () =>
      expect(await commandEnd(id)).toMatchObject({ type: "CommandCompleted", data: { command: second.id } }),
    );
  });

  it("is not sent again after a connection that ended without an answer", async () => {
    const address = newAddress();
    const id = await register(address);
    const raw = await RawWebSocket.open(node.url, { localAddress: address, autoPong: false });
    await isConnected(id);
    await raw.call("rpc.on", ["reboot"]);
    await node.issue(id, "reboot");
    await raw.next();
    await eventually(async () => expect(await types(id, "command")).toEqual(["CommandIssued", "CommandDelivered"]));
    raw.websocket.terminate();
    await eventually(async () => expect((await types(id, "session")).at(-1)).toBe("SessionClosed"));
    const again = await open(address);
    await again.call("rpc.on", ["reboot", "next"]);
    await node.issue(id, "next");
    expect(await again.next()).toMatchObject({ notification: "next" });
    await again.close();
  });
});

describe("an address", () => {
  it("identifies no device after two clients were connected from it at once, until the device's log-in is set again", async () => {
    const address = newAddress();
    const id = await register(address);
    const first = await open(address);
    await isConnected(id);
    const second = await open(address);
    const { id: waiting } = await waitingAt(address);
    expect(await types(id, "device")).toEqual(["DeviceRegistered", "DeviceAddressShared"]);
    expect(await types(id, "session")).toEqual(["SessionOpened"]);
    const other = newName();
    expect(await admit(waiting, other)).toMatchObject({ address: undefined });
    await isConnected(other);
    await first.close();
    await second.close();
    const third = await open(address);
    const { id: again } = await waitingAt(address, waiting);
    await eventually(async () => expect((await types(id, "session")).at(-1)).toBe("SessionClosed"));
    await admit(again, id);
    expect((await types(id, "session")).at(-1)).toBe("SessionOpened");
    await third.close();
  });

  it("identifies none of several clients that waited or were connected there at once, in whatever order they are let in", async () => {
    const address = newAddress();
    const first = await open(address);
    const { id: one } = await waitingAt(address);
    const second = await open(address);
    const { id: two } = await waitingAt(address, one);
    const names = [newName(), newName(), newName()] as const;
    expect(await admit(one, names[0])).toMatchObject({ address: undefined });
    expect(await admit(two, names[1])).toMatchObject({ address: undefined });
    // The list of waiting clients is written a moment later.
    await eventually(async () => expect(await node.waiting()).not.toContainEqual(expect.objectContaining({ address })));
    const third = await open(address);
    const { id: three } = await waitingAt(address, two);
    expect(await admit(three, names[2])).toMatchObject({ address: undefined });
    for (const client of [first, second, third]) await client.close();
  });

  it("identifies the device on a new connection at once if the earlier connection does not answer", async () => {
    const address = newAddress();
    const id = await register(address);
    const first = await RawWebSocket.open(node.url, { localAddress: address, autoPong: false });
    await isConnected(id);
    const second = await open(address);
    await eventually(async () => expect(await types(id, "session")).toEqual(["SessionOpened", "SessionOpened"]));
    expect(await types(id, "device")).toEqual(["DeviceRegistered"]);
    await first.closed;
    await second.close();
  });

  it("identifies no device after the device's retirement, which ends the connection", async () => {
    const address = newAddress();
    const id = await register(address);
    const raw = await open(address);
    await isConnected(id);
    await retireDevice(node.fleet, TESTER, id);
    expect(await raw.closed).toMatchObject({ code: 1000, reason: "the device was retired" });
    const again = await open(address);
    await waitingAt(address);
    await again.close();
  });
});

describe("a waiting client", () => {
  it("may only subscribe; neither a token nor a name lets it in", async () => {
    const token = await node.register("native-1");
    const address = newAddress();
    const raw = await RawWebSocket.open(node.url, {
      localAddress: address,
      headers: { authorization: `Bearer ${token}` },
    });
    await waitingAt(address);
    expect(await raw.call("rpc.login", { device: "native-1", token })).toMatchObject({ error: { code: -32001 } });
    expect(await raw.call("telemetry.report", { data: {} })).toMatchObject({ error: { code: -32601 } });
    expect(await raw.call("rpc.on", ["a", "b"])).toMatchObject({ result: { a: "ok", b: "ok" } });
    expect(await types("native-1", "session")).toEqual([]);
    await raw.close();
    await eventually(async () =>
      expect((await node.waiting()).filter((client) => client.address === address)).toEqual([]),
    );
  });

  it("is let in once, as a device of its dialect that is not connected", async () => {
    await node.register("native-2");
    const address = newAddress();
    const raw = await open(address);
    const { id } = await waitingAt(address);
    await expect(admit(id, "native-2")).rejects.toMatchObject({ code: "dialect-mismatch" });
    await expect(admit("no-such", newName())).rejects.toMatchObject({ code: "waiting-unknown" });
    const device = newName();
    await admit(id, device);
    await expect(admit(id, newName())).rejects.toMatchObject({ code: "waiting-unknown" });
    const elsewhere = newAddress();
    const beside = await open(elsewhere);
    const { id: other } = await waitingAt(elsewhere);
    await expect(admit(other, device)).rejects.toMatchObject({ code: "conflict" });
    await raw.close();
    await beside.close();
  });

  it("is refused if too many clients wait at its address, or if it has tried too often", async () => {
    const address = newAddress();
    const sixteen = await Promise.all(Array.from({ length: 16 }, () => open(address)));
    expect(await refusalOf(node.url, { localAddress: address })).toMatchObject({
      status: 503,
      body: { code: "unavailable" },
    });
    const elsewhere = await open(newAddress());
    let last = 0;
    for (let i = 0; i < 200 && last !== 429; i++) {
      last = (await refusalOf(node.url, { localAddress: address })).status;
    }
    expect(last).toBe(429);
    for (const one of [...sixteen, elsewhere]) await one.close();
  });
});
