import { connectBackbone } from "@fleetlog/log";
import { connectAsync } from "mqtt";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Browser } from "../support/browser.ts";
import { eventually } from "../support/eventually.ts";
import { RawWebSocket } from "../support/raw-websocket.ts";
import { type Stack, startStack } from "../support/stack.ts";

const WRONG = "wrong-token-of-this-test";

describe("a refused log-in", () => {
  let stack: Stack;
  let native = "";
  beforeAll(async () => {
    // Log-ins that come in time need less than this, on a busy machine too.
    stack = await startStack({ env: { FLEETLOG_LOGIN_TIMEOUT: "2s" } });
    await stack.api.register("registered");
  });
  afterAll(() => stack[Symbol.asyncDispose]());

  function ports() {
    const [gateway] = stack.gateways;
    if (gateway === undefined) throw new Error("no gateway");
    return gateway;
  }
  async function refusals(): Promise<Record<string, number>> {
    const text = await (await fetch(`http://127.0.0.1:${ports().httpPort}/metrics`)).text();
    const lines = text.matchAll(/^fleetlog_logins_refused_total\{protocol="(\w+)",reason="([\w-]+)"\} (\d+)$/gm);
    return Object.fromEntries(
      [...lines].map(([, protocol, reason, count]) => [`${protocol} ${reason}`, Number(count)]),
    );
  }

  it("is counted by protocol and reason", async () => {
    const { httpPort, mqttPort } = ports();
    const mqtt = { clientId: "registered", username: "registered", password: "wrong", reconnectPeriod: 0 };
    for (const protocolVersion of [4, 5] as const) {
      await expect(connectAsync(`mqtt://127.0.0.1:${mqttPort}`, { ...mqtt, protocolVersion })).rejects.toThrow();
    }
    await expect(connectAsync(`mqtt://127.0.0.1:${mqttPort}`, { ...mqtt, clientId: "another" })).rejects.toThrow();
    const url = `ws://127.0.0.1:${httpPort}/device`;
    const headers = { authorization: `Basic ${btoa("registered:wrong")}` };
    await expect(RawWebSocket.open(url, { headers })).rejects.toThrow("HTTP 401");
    const raw = await RawWebSocket.open(url);
    expect(await raw.call("rpc.login", { device: "registered", token: "wrong" })).toHaveProperty("error");
    await eventually(async () =>
      expect(await refusals()).toEqual({
        "mqtt unauthenticated": 2,
        "mqtt invalid-request": 1,
        "websocket unauthenticated": 2,
        "websocket timeout": 1,
      }),
    );
  });

  const PASSWORD = "password-of-an-older-system";
  const names = { userName: "older", password: PASSWORD };
  it.each([
    ["edgebind", { id: "by-edgebind", address: "192.0.2.9" }],
    ["libpyiotcloud", {}],
    ["tpedm", { login: { clientId: "tpedm-1", ...names } }],
    ["kura", { login: { account: "acme", clientId: "kura-1", ...names } }],
  ])(
    "with the id of a device of %s is refused to a native device and to the protocol of another, and counted",
    async (dialect, given) => {
      const { api, mqttPort, httpPort } = ports();
      const token =
        (await api.call("GET", "/api/devices/native")).status === 200 ? native : await api.register("native");
      native = token;
      const made = await api.call<{ id: string }>("POST", "/api/devices", { dialect, ...given });
      expect(made.status, JSON.stringify(made.body)).toBe(201);
      const { id } = made.body;
      const login = "login" in given ? given.login : undefined;
      const before = await refusals();
      const mqtt = [
        [id, id, token],
        [id, "native", token],
        ...(login === undefined
          ? []
          : [
              [login.clientId, login.userName, token],
              [id, id, PASSWORD],
              // With TPEDM the device id is the client id, so this log-in would be valid.
              ...(id === login.clientId ? [] : [[id, login.userName, PASSWORD]]),
            ]),
      ] as const;
      for (const [clientId, username, password] of mqtt) {
        const options = { clientId, username, password, reconnectPeriod: 0 } as const;
        await expect(
          connectAsync(`mqtt://127.0.0.1:${mqttPort}`, options),
          `${clientId} ${username}`,
        ).rejects.toThrow();
      }
      const credentials = [token, ...(login === undefined ? [] : [PASSWORD])];
      const url = `ws://127.0.0.1:${httpPort}/device`;
      for (const credential of credentials) {
        const headers = { authorization: `Basic ${btoa(`${id}:${credential}`)}` };
        await expect(RawWebSocket.open(url, { headers })).rejects.toThrow("HTTP 401");
        expect((await fetch(`${api.url}/api/devices/${id}`, { headers })).status).toBe(401);
        const raw = await RawWebSocket.open(url);
        expect(await raw.call("rpc.login", { device: id, token: credential })).toHaveProperty("error");
        await raw.close();
      }
      const counted = (after: Record<string, number>, protocol: string) =>
        Object.keys(after)
          .filter((name) => name.startsWith(`${protocol} `) && !name.endsWith(" timeout"))
          .reduce((sum, name) => sum + (after[name] ?? 0) - (before[name] ?? 0), 0);
      await eventually(async () => {
        const after = await refusals();
        expect([counted(after, "mqtt"), counted(after, "websocket")]).toEqual([mqtt.length, 2 * credentials.length]);
      });
      expect((await api.device(id)).status).toBe("never-connected");
    },
  );

  it("of a device of libpyiotcloud without its certificate is on its page, though its user name is no device's", async () => {
    const { api, mqttPort } = ports();
    const { id } = (await api.call<{ id: string }>("POST", "/api/devices", { dialect: "libpyiotcloud" })).body;
    const guest = {
      clientId: id,
      username: "guest",
      password: "guest",
      protocolVersion: 4,
      reconnectPeriod: 0,
    } as const;
    await expect(connectAsync(`mqtt://127.0.0.1:${mqttPort}`, guest)).rejects.toThrow();
    await eventually(async () =>
      expect((await api.device(id)).lastRefused).toMatchObject({
        code: "unauthenticated",
        cause: expect.stringMatching(/^no client certificate was shown: .* on the MQTT port with TLS$/),
      }),
    );
  });

  it("is on its device's page at once, with cause and address, and the token is stored nowhere", async () => {
    const { mqttPort, api } = ports();
    await api.register("shown");
    const browser = await Browser.signedIn(api.url, stack.adminToken);
    const feed = await browser.feed();
    const watch = await feed.watch({ topic: "device", id: "shown" });
    const connect = (id: string) =>
      connectAsync(`mqtt://127.0.0.1:${mqttPort}`, { clientId: id, username: id, password: WRONG, reconnectPeriod: 0 });
    for (const id of ["shown", "shown", "unknown-1", "unknown-2"]) await expect(connect(id)).rejects.toThrow();
    await eventually(() => expect(feed.of(watch).some(({ keys }) => keys?.includes("access"))).toBe(true));
    const refused = { cause: "wrong token", code: "unauthenticated", protocol: "mqtt", address: "127.0.0.1", count: 1 };
    expect((await api.device("shown")).lastRefused).toEqual({ at: expect.any(String), ...refused });
    feed.close();

    const backbone = await connectBackbone({ url: stack.nats.url, name: "reader", streams: [] });
    const recorded: string[] = [];
    for await (const event of backbone.log.read({ stream: "ACCESS" })) recorded.push(JSON.stringify(event));
    await backbone.close();
    expect(recorded.length).toBeGreaterThan(1);
    expect(recorded.join()).not.toMatch(new RegExp(`${WRONG}|unknown-[12]`));
  });
});
