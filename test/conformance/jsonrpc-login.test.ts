import { request } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { RawWebSocket, refusalOf } from "../support/raw-websocket.ts";
import { startWebSocketEndpoint, type WebSocketEndpoint } from "../support/websocket-endpoint.ts";

let gateway: WebSocketEndpoint;
let names = 0;
let id = "";
let token = "";
beforeAll(async () => {
  gateway = await startWebSocketEndpoint();
});
afterAll(() => gateway[Symbol.asyncDispose]());
beforeEach(async () => {
  id = `00:1A:${++names}`;
  token = await gateway.register(id);
});

const authorized = (authorization: string) => ({ headers: { authorization } });
const basic = (text: string) => authorized(`Basic ${Buffer.from(text).toString("base64")}`);
const works = { result: { seq: expect.any(Number) } };
const here = { name: "here", data: null };

describe("log-in at the upgrade", () => {
  it.each([
    ["basic", () => basic(`${id}:${token}`)],
    ["basic, percent-encoded as in a URL", () => basic(`${encodeURIComponent(id)}:${token}`)],
    ["bearer", () => authorized(`Bearer ${token}`)],
    ["bearer in lower case, with two spaces", () => authorized(`bearer  ${token}`)],
  ])("by %s", async (_, options) => {
    const raw = await RawWebSocket.open(`${gateway.url}/device`, options());
    expect(await raw.call("event.report", here)).toMatchObject(works);
    expect(await gateway.events(id, "event")).toHaveLength(1);
  });

  it.each([
    ["a wrong token", () => basic(`${id}:${token}x`)],
    ["no token", () => basic(id)],
    ["an empty token", () => basic(`${id}:`)],
    ["another device's id", () => basic(`00:1A:0:${token}`)],
    ["an id that no device can have", () => basic(`../${id}:${token}`)],
    ["a star as id", () => basic(`*:${token}`)],
    ["broken percent signs", () => basic(`%zz:${token}`)],
    ["credentials that are not base64", () => authorized("Basic ☹".replace("☹", "%%%"))],
    ["another device in the bearer token", () => authorized(`Bearer ${token.replace(/^fld_[^.]+/, "fld_YQ")}`)],
    ["a bearer token cut short", () => authorized(`Bearer ${token.slice(0, -1)}`)],
    ["a bearer token without a device", () => authorized(`Bearer ${token.split(".")[1]}`)],
    ["another scheme", () => authorized(`Digest ${token}`)],
    ["an empty header", () => authorized("")],
  ])("with %s is refused with 401 and a problem", async (_, options) => {
    const { status, headers, body } = await refusalOf(`${gateway.url}/device?token=${token}`, options());
    expect(status).toBe(401);
    expect(headers["content-type"]).toBe("application/problem+json");
    expect(headers["www-authenticate"]).toContain("Basic");
    expect(body).toMatchObject({ status: 401, code: "unauthenticated", instance: "/device" });
    expect(JSON.stringify(body)).not.toContain(token);
    expect(await gateway.events(id, "session")).toEqual([]);
  });

  it("ignores path, query and socket_id of the URL", async () => {
    const victim = await RawWebSocket.open(gateway.url, basic(`${id}:${token}`));
    await victim.call("event.report", here);
    const other = await gateway.register("other");
    const url = `${gateway.url}/some/namespace?socket_id=${id}&device=${id}&token=${token}`;
    const raw = await RawWebSocket.open(url, basic(`other:${other}`));
    await raw.call("event.report", here);
    expect(await gateway.events("other", "event")).toHaveLength(1);
    expect(await victim.call("event.report", here)).toMatchObject(works);
    const unknown = await RawWebSocket.open(url);
    expect(await unknown.call("event.report", here)).toMatchObject({ error: { code: -32001 } });
  });

  it.each([
    ["sec-websocket-key", "short"],
    ["sec-websocket-version", "12"],
    ["upgrade", "h2c"],
  ])("refuses a handshake with a wrong %s before the log-in", async (header, value) => {
    const { status, body } = await new Promise<{ status: number | undefined; body: unknown }>((resolve, reject) => {
      const headers = {
        connection: "upgrade",
        upgrade: "websocket",
        "sec-websocket-key": Buffer.alloc(16).toString("base64"),
        "sec-websocket-version": "13",
        authorization: "Basic x",
        [header]: value,
      };
      const sent = request({ port: gateway.port, host: "127.0.0.1", headers }, (response) => {
        let text = "";
        response.on("data", (chunk) => {
          text += chunk;
        });
        response.on("end", () => resolve({ status: response.statusCode, body: JSON.parse(text) }));
      });
      sent.on("error", reject).end();
    });
    expect({ status, body }).toMatchObject({ status: 400, body: { code: "invalid-request", field: header } });
  });
});

describe("rpc.login", () => {
  it.each([
    ["an object", () => ({ device: id, token })],
    ["an array of an object", () => [{ device: id, token }]],
    ["device and token", () => [id, token]],
  ])("accepts %s", async (_, params) => {
    const raw = await RawWebSocket.open(gateway.url);
    expect(await raw.call("rpc.login", params())).toEqual({ jsonrpc: "2.0", result: true, id: 1 });
    expect(await raw.call("event.report", here)).toMatchObject(works);
  });

  it("delays messages that were sent after rpc.login", async () => {
    const raw = await RawWebSocket.open(gateway.url);
    const call = (method: string, params: unknown, callId: number) => ({ jsonrpc: "2.0", method, params, id: callId });
    raw.send(call("event.report", here, 1));
    raw.send(call("rpc.login", { device: id, token }, 2));
    raw.send(call("event.report", here, 3));
    raw.send([call("event.report", here, 4)]);
    expect([await raw.next(), await raw.next(), await raw.next(), await raw.next()]).toEqual([
      { jsonrpc: "2.0", error: expect.objectContaining({ code: -32001 }), id: 1 },
      { jsonrpc: "2.0", result: true, id: 2 },
      { jsonrpc: "2.0", ...works, id: 3 },
      [{ jsonrpc: "2.0", ...works, id: 4 }],
    ]);
  });

  it("works inside a batch for the later calls", async () => {
    const raw = await RawWebSocket.open(gateway.url);
    const answer = await raw.exchange([
      { jsonrpc: "2.0", method: "event.report", params: here, id: 1 },
      { jsonrpc: "2.0", method: "rpc.login", params: { device: id, token } },
      { jsonrpc: "2.0", method: "event.report", params: here, id: 3 },
    ]);
    expect(answer).toMatchObject([
      { error: { code: -32001 }, id: 1 },
      { ...works, id: 3 },
    ]);
  });

  it("closes with 1008 after the third failed attempt", async () => {
    const raw = await RawWebSocket.open(gateway.url);
    for (let n = 1; n <= 3; n++) {
      expect(await raw.call("rpc.login", { device: id, token: "wrong" })).toMatchObject({
        error: { code: -32001, data: { code: "unauthenticated" } },
      });
    }
    expect((await raw.closed).code).toBe(1008);
    expect(await gateway.events(id, "session")).toEqual([]);
  });

  it("may be repeated for the same device, but not for another device", async () => {
    const other = await gateway.register(`other-${names}`);
    const raw = await RawWebSocket.open(gateway.url, basic(`${id}:${token}`));
    expect(await raw.call("rpc.login", { device: id, token })).toMatchObject({ result: true });
    expect(await raw.call("rpc.login", { device: id, token: "wrong" })).toMatchObject({ error: { code: -32001 } });
    expect(await raw.call("rpc.login", { device: `other-${names}`, token: other })).toMatchObject({
      error: { code: -32003, data: { code: "forbidden" } },
    });
    await raw.call("event.report", here);
    expect(await gateway.events(id, "session")).toHaveLength(1);
    const reported = (await gateway.events(id, "event")).filter(({ type }) => type === "DeviceEventReported");
    expect(reported).toHaveLength(1);
    expect(await gateway.events(`other-${names}`, "session")).toEqual([]);
  });

  it("must come within the timeout; too many other messages before it close the connection", async () => {
    await using quick = await startWebSocketEndpoint({ limits: { loginMs: 100 } });
    const silent = await RawWebSocket.open(quick.url);
    expect(await silent.closed).toEqual({ code: 1008, reason: expect.stringContaining("log-in") });
    const noisy = await RawWebSocket.open(gateway.url);
    for (let n = 0; n < 200; n++) noisy.send("{}");
    expect((await noisy.closed).code).toBe(1008);
    await eventually(() => expect(quick.endpoint.connections).toBe(0));
  });
});

describe("a connection", () => {
  it("is refused while the log is away: with 503 and Retry-After at the upgrade, with 1013 at rpc.login", async () => {
    await using node = await startWebSocketEndpoint();
    const secret = await node.register("pump");
    const waiting = await RawWebSocket.open(node.url);
    node.backbone.away();
    for (const url of [node.url, node.urlOf("pump", secret)]) {
      const { status, headers, body } = await refusalOf(url);
      expect(status).toBe(503);
      expect(Number(headers["retry-after"])).toBeGreaterThan(0);
      expect(body).toMatchObject({ code: "log-unavailable" });
    }
    expect(await waiting.call("rpc.login", { device: "pump", token: secret })).toMatchObject({
      error: { code: -32050, data: { code: "log-unavailable", retryAfterMs: expect.any(Number) } },
    });
    expect(await waiting.closed).toEqual({ code: 1013, reason: expect.stringMatching(/retry after \d+ s/) });
    node.backbone.back();
    const raw = await RawWebSocket.open(node.urlOf("pump", secret));
    expect(await raw.call("event.report", here)).toMatchObject(works);
  });

  it("is refused with 503 at the connection limit, until a device has disconnected", async () => {
    await using node = await startWebSocketEndpoint({ limits: { connections: 2 } });
    const urls = await Promise.all(["a", "b", "c"].map(async (id) => node.urlOf(id, await node.register(id))));
    const [a = "", b = "", c = ""] = urls;
    const one = await RawWebSocket.open(a);
    await RawWebSocket.open(b);
    for (const url of [c, node.url]) {
      expect(await refusalOf(url)).toMatchObject({ status: 503, body: { code: "unavailable" } });
    }
    await one.close();
    await eventually(() => expect(node.endpoint.connections).toBe(1));
    await RawWebSocket.open(c);
  });

  it("is accepted at the connection limit if it replaces the device's own session", async () => {
    await using node = await startWebSocketEndpoint({ limits: { connections: 1 } });
    const secret = await node.register("pump");
    const older = await RawWebSocket.open(node.urlOf("pump", secret));
    await older.call("event.report", here);
    const other = node.urlOf("other", await node.register("other"));
    expect(await refusalOf(other)).toMatchObject({ status: 503, headers: { "retry-after": expect.any(String) } });
    const newer = await RawWebSocket.open(node.urlOf("pump", secret));
    expect((await older.closed).code).toBe(1000);
    expect(await newer.call("event.report", here)).toMatchObject(works);
  });

  it("is closed with 1012 when the node stops, after its reports were acknowledged", async () => {
    await using node = await startWebSocketEndpoint();
    const secret = await node.register("pump");
    const raw = await RawWebSocket.open(node.urlOf("pump", secret));
    await raw.call("event.report", here);
    node.backbone.full();
    for (let n = 0; n < 3; n++) raw.send({ jsonrpc: "2.0", method: "event.report", params: here, id: n });
    await raw.flush();
    const stopped = node.stop();
    node.backbone.room();
    expect([await raw.next(), await raw.next(), await raw.next()]).toMatchObject([works, works, works]);
    expect(await raw.closed).toEqual({ code: 1012, reason: expect.stringMatching(/retry after \d+ s/) });
    await stopped;
    expect(node.endpoint.connections).toBe(0);
    expect(node.sessions.size).toBe(0);
  });
});
