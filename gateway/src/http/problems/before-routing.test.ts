import { once } from "node:events";
import { type AddressInfo, connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { routeUpgrades } from "../../net/upgrades.ts";
import { type TestServer, testServer } from "../../testing/test-server.ts";

let server: TestServer;
let port = 0;
beforeAll(async () => {
  server = await testServer({}, { timeouts: { headersMs: 3_000, requestMs: 3_500, checkEveryMs: 50 } });
  routeUpgrades(server.app.server, server.upgrades);
  await server.app.listen({ host: "127.0.0.1", port: 0 });
  port = (server.app.server.address() as AddressInfo).port;
});
afterAll(() => server.app.close());

async function answerTo(bytes: string): Promise<{ status: number; head: string; body: Record<string, unknown> }> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  socket.write(bytes, "latin1");
  const [head = "", body = ""] = (await text(socket)).split("\r\n\r\n");
  return { status: Number(head.split(" ")[1]), head, body: body === "" ? {} : JSON.parse(body) };
}

const request = (line: string, ...headers: string[]) =>
  `${[line, "Host: x", "Connection: close", ...headers].join("\r\n")}\r\n\r\n`;

const authorized = "Authorization: Bearer admin-token";

describe("before routing", () => {
  it.each([
    ["a bad escape in the path", request("GET /api/devices/%ff HTTP/1.1"), 400, "invalid-request", "path"],
    ["an incomplete escape in the path", request("GET /api/devices/%2 HTTP/1.1"), 400, "invalid-request", "path"],
    [
      "an id too long",
      request(`GET /api/devices/${"x".repeat(600)} HTTP/1.1`, authorized),
      400,
      "invalid-request",
      "id",
    ],
    [
      "headers too large",
      request("GET /healthz HTTP/1.1", `X: ${"x".repeat(17_000)}`),
      431,
      "headers-too-large",
      undefined,
    ],
    ["no host", "GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n", 400, "invalid-request", "host"],
    [
      "two hosts",
      "GET /healthz HTTP/1.1\r\nHost: a\r\nhost: b\r\nConnection: close\r\n\r\n",
      400,
      "invalid-request",
      "host",
    ],
    [
      "an upgrade with two hosts",
      "GET /device HTTP/1.1\r\nHost: a\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
      400,
      "invalid-request",
      "host",
    ],
    ["a TLS handshake", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400, "invalid-request", undefined],
    ["an unsupported method", request("FETCH /healthz HTTP/1.1"), 400, "invalid-request", undefined],
    ["an unsupported version", "GET /healthz HTTP/9.9\r\n\r\n", 400, "invalid-request", undefined],
    [
      "two lengths",
      request("POST /api/devices HTTP/1.1", "Content-Length: 2", "Content-Length: 3"),
      400,
      "invalid-request",
      undefined,
    ],
    [
      "an invalid chunk",
      `${request("POST /api/session HTTP/1.1", "Content-Type: application/json", "Transfer-Encoding: chunked")}zz\r\n`,
      400,
      "invalid-request",
      undefined,
    ],
    ["a request to a proxy", request("CONNECT example.com:443 HTTP/1.1"), 405, "method-not-allowed", undefined],
    ["headers that never end", "GET /healthz HTTP/1.1\r\nHost:", 408, "request-timeout", undefined],
    [
      "a body that never comes",
      request("POST /api/session HTTP/1.1", "Content-Type: application/json", "Content-Length: 9"),
      408,
      "request-timeout",
      undefined,
    ],
    [
      "a WebSocket at another path",
      request("GET /nowhere HTTP/1.1", "Connection: Upgrade", "Upgrade: websocket"),
      404,
      "not-found",
      undefined,
    ],
  ])("%s gets a problem", async (_, bytes, status, code, field) => {
    const answer = await answerTo(bytes);
    expect(answer.status).toBe(status);
    expect(answer.head.toLowerCase()).toContain("content-type: application/problem+json");
    expect(answer.body).toMatchObject({ status, code, detail: expect.any(String), correlationid: expect.any(String) });
    expect(answer.body.field).toBe(field);
  });

  it.each([
    ["an older HTTP without a host", "GET /healthz HTTP/1.0\r\n\r\n"],
    [
      "an offer of HTTP/2",
      request("GET /healthz HTTP/1.1", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: "),
    ],
    ["an unknown expectation", request("GET /healthz HTTP/1.1", "Expect: the-unexpected")],
    ["a colon that is escaped", request("GET /healthz?x=%3A HTTP/1.1")],
  ])("%s is accepted", async (_, bytes) => {
    expect(await answerTo(bytes)).toMatchObject({ status: 200, body: { status: "ok" } });
  });

  it("a device's id may have its full length with an escaped character", async () => {
    const id = "a".repeat(127);
    const answer = await answerTo(request(`GET /api/devices/${id}%3A HTTP/1.1`, authorized));
    expect(answer.body).toMatchObject({ code: "device-unknown", detail: `there is no device ${id}:` });
  });
});
