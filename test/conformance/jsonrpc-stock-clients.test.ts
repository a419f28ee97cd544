import { retireDevice } from "@fleetlog/fleet";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { TESTER } from "../support/gateway-parts.ts";
import { onceOf } from "../support/once.ts";
import { type NewStockClient, STOCK_CLIENTS, type StockClient } from "../support/stock-clients.ts";
import { startWebSocketEndpoint, type WebSocketEndpoint } from "../support/websocket-endpoint.ts";

let gateway: WebSocketEndpoint;
let names = 0;
const newName = () => `device-${++names}`;
beforeAll(async () => {
  gateway = await startWebSocketEndpoint();
});
afterAll(() => gateway[Symbol.asyncDispose]());

const types = async (id: string, category: "session" | "command") =>
  (await gateway.events(id, category)).map(({ type }) => type);

describe.each(STOCK_CLIENTS)("rpc-websockets %s", (_version, newClient) => {
  async function connect(id = newName()): Promise<{ id: string; token: string; client: StockClient }> {
    const token = await gateway.register(id);
    const client = newClient(gateway.urlOf(id, token), { reconnect: false });
    await onceOf(client, "open");
    return { id, token, client };
  }

  it.each([
    ["credentials in the address", (id: string, token: string) => ({ url: gateway.urlOf(id, token) })],
    [
      "a bearer token",
      (_: string, token: string) => ({ url: `${gateway.url}/device`, headers: { authorization: `Bearer ${token}` } }),
    ],
    [
      "basic credentials",
      (id: string, token: string) => ({
        url: `${gateway.url}/device`,
        headers: { authorization: `Basic ${btoa(`${id}:${token}`)}` },
      }),
    ],
  ])("logs in by %s", async (_, how) => {
    const id = newName();
    const { url, ...options } = how(id, await gateway.register(id));
    const client = newClient(url, { reconnect: false, ...options });
    await onceOf(client, "open");
    expect(await client.call("event.report", { name: "here", data: null })).toEqual({ seq: expect.any(Number) });
    expect(await gateway.events(id, "event")).toHaveLength(1);
    client.close();
  });

  it("logs in by login(), and can do nothing before log-in", async () => {
    const id = newName();
    const token = await gateway.register(id);
    const client = newClient(`${gateway.url}/device`, { reconnect: false });
    await onceOf(client, "open");
    for (const act of [
      () => client.call("event.report", { name: "here", data: null }),
      () => client.subscribe("reboot"),
      () => client.listMethods(),
    ]) {
      await expect(act()).rejects.toMatchObject({ code: -32001, data: { code: "unauthenticated" } });
    }
    await expect(client.login({ device: id, token: `${token}x` })).rejects.toMatchObject({ code: -32001 });
    expect(await client.login({ device: id, token })).toBe(true);
    expect(await client.call("event.report", { name: "here", data: null })).toEqual({ seq: expect.any(Number) });
    client.close();
  });

  it("reports telemetry, profile and events, in the shapes that it sends", async () => {
    const { id, client } = await connect();
    expect(await client.call("telemetry.report", { data: { n: 1 } })).toEqual({ seq: expect.any(Number) });
    expect(await client.call("telemetry.report", [{ data: { n: 2 } }, { data: { n: 3 } }])).toBeDefined();
    expect(await client.call("profile.report", { model: "M1" })).toBeDefined();
    expect(await client.call("event.report", [{ name: "door", data: 1 }])).toBeDefined();
    await client.notify("telemetry.report", { data: { n: 4 } });
    await eventually(async () =>
      expect((await gateway.events(id, "telemetry")).map(({ data }) => data)).toEqual(
        [1, 2, 3, 4].map((n) => ({ data: { n } })),
      ),
    );
    await expect(client.call("telemetry.report", { data: 5 })).rejects.toMatchObject({
      code: -32602,
      data: { field: "data" },
    });
    expect(await client.listMethods()).toContain("telemetry.report");
    client.close();
  });

  it("receives commands as objects, under both names, and answers", async () => {
    const { id, client } = await connect();
    const received: unknown[] = [];
    client.on("command", (...values) => received.push(["command", ...values]));
    client.on("blink", (...values) => received.push(["blink", ...values]));
    expect(await client.subscribe("blink")).toEqual({ blink: "ok" });
    const issued = await gateway.issue(id, "blink", { times: 3 });
    await eventually(() => expect(received).toHaveLength(2));
    const message = { id: issued.id, name: "blink", params: { times: 3 }, deadline: issued.deadline };
    expect(received).toEqual([
      ["blink", message],
      ["command", message],
    ]);
    expect(await client.call("command.result", { id: issued.id, ok: true, result: 3 })).toBeDefined();
    expect(await types(id, "command")).toEqual(["CommandIssued", "CommandDelivered", "CommandCompleted"]);
    expect(await client.unsubscribe("blink")).toEqual({ blink: "ok" });
    client.close();
  });

  function edgebindProgram(url: string, newClientOf: NewStockClient): StockClient {
    const ws = newClientOf(url);
    ws.on("open", () => {
      void ws.subscribe("reboot");
      ws.on("reboot", () => {
        ws.close();
      });
    });
    return ws;
  }

  it("runs an Edgebind program, and an operator reboots only this device", async () => {
    const [one, other] = [newName(), newName()];
    const tokens = { one: await gateway.register(one), other: await gateway.register(other) };
    const program = edgebindProgram(gateway.urlOf(one, tokens.one), newClient);
    const bystander = edgebindProgram(gateway.urlOf(other, tokens.other), newClient);
    await Promise.all([onceOf(program, "open"), onceOf(bystander, "open")]);
    let bystanderGone = false;
    bystander.on("close", () => {
      bystanderGone = true;
    });

    const gone = onceOf(program, "close");
    const issued = await gateway.issue(one, "reboot");
    expect(await gone).toBe(1000);

    await eventually(async () => expect(await types(one, "session")).toEqual(["SessionOpened", "SessionClosed"]));
    const history = await gateway.events(one, "command");
    expect(history.map(({ type }) => type)).toEqual(["CommandIssued", "CommandDelivered", "CommandCompleted"]);
    expect(history[0]).toMatchObject({ source: "/operators/tester", data: { by: "tester", command: issued.id } });
    expect(bystanderGone).toBe(false);
    expect(await types(other, "session")).toEqual(["SessionOpened"]);
    expect(await types(other, "command")).toEqual([]);

    const again = newClient(gateway.urlOf(one, tokens.one), { reconnect: false });
    let rebooted = 0;
    again.on("reboot", () => rebooted++);
    again.on("command", () => rebooted++);
    await onceOf(again, "open");
    await again.subscribe("reboot");
    await again.call("event.report", { name: "up", data: null });
    await again.call("event.report", { name: "up", data: null });
    expect(rebooted).toBe(0);
    again.close();
    bystander.close();
  });

  it("runs an Edgebind program with a reboot issued before the program connected", async () => {
    const id = newName();
    const token = await gateway.register(id);
    await gateway.issue(id, "reboot");
    const program = edgebindProgram(gateway.urlOf(id, token), newClient);
    expect(await onceOf(program, "close")).toBe(1000);
    await eventually(async () => expect(await types(id, "command")).toContain("CommandCompleted"));
  });

  it("does not reconnect after the device was retired or replaced by a newer connection", async () => {
    const id = newName();
    const token = await gateway.register(id);
    const options = { reconnect: true, reconnect_interval: 20 };
    const older = newClient(gateway.urlOf(id, token), options);
    await onceOf(older, "open");
    await older.call("event.report", { name: "here", data: null });
    const olderGone = onceOf(older, "close");
    const newer = newClient(gateway.urlOf(id, token), options);
    await onceOf(newer, "open");
    expect(await olderGone).toBe(1000);
    await newer.call("event.report", { name: "here", data: null });
    const newerGone = onceOf(newer, "close");
    await retireDevice(gateway.fleet, TESTER, id);
    expect(await newerGone).toBe(1000);
    // Clients that reconnect would do so many times during these calls.
    const { client } = await connect();
    for (let n = 0; n < 200; n++) await client.call("event.report", { name: "tick", data: null });
    await new Promise((resolve) => setTimeout(resolve, 10 * options.reconnect_interval));
    expect(await types(id, "session")).toEqual(["SessionOpened", "SessionOpened", "SessionClosed"]);
    client.close();
  });

  it("reconnects after a restart of its node, and after an outage of the log", async () => {
    await using node = await startWebSocketEndpoint();
    const id = newName();
    const token = await node.register(id);
    const client = newClient(node.urlOf(id, token), { reconnect_interval: 20, max_reconnects: 0 });
    client.on("error", () => {});
    await onceOf(client, "open");
    await client.call("event.report", { name: "here", data: null });
    const gone = onceOf(client, "close");
    const back = onceOf(client, "open");
    node.sessions.endAll("log-unavailable", "this node was cut off");
    expect(await gone).toBe(1013);
    await back;
    await client.call("event.report", { name: "again", data: null });

    const stopped = onceOf(client, "close");
    await node.stop();
    expect(await stopped).toBe(1012);
    const backAgain = onceOf(client, "open");
    await using next = await startWebSocketEndpoint({ port: node.port, beside: node.backbone });
    await backAgain;
    expect(await client.call("event.report", { name: "again", data: null })).toBeDefined();
    expect(await next.events(id, "event")).toHaveLength(3);
    client.close();
  });
});
