import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { Agent, type RequestOptions, request } from "node:https";
import { connect as connectPlain, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { METHODS } from "@fleetlog/protocol";
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { eventually } from "../support/eventually.ts";
import { onceOf } from "../support/once.ts";
import { startTlsGateway, type TlsGateway } from "../support/tls-gateway.ts";

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: unknown;
}

function call(node: TlsGateway, path: string, options: RequestOptions = {}, body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${node.token}`, "content-type": "application/json", ...options.headers };
    const sent = request(`https://${node.https}${path}`, { ca: node.authority.cert, ...options, headers });
    sent.once("error", reject);
    sent.once("response", (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part) => {
        text += part;
      });
      response.once("end", () => {
        const json = /json/.test(response.headers["content-type"] ?? "");
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: json ? JSON.parse(text) : text });
      });
    });
    sent.end(body);
  });
}

async function answered(socket: Socket): Promise<void> {
  socket.on("error", () => {}).write("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  await once(socket, "data");
}

describe("a gateway whose plain ports are off", () => {
  it("serves health, API and devices by TLS alone, and closes open connections when it stops", async () => {
    const node = await startTlsGateway({ env: { FLEETLOG_HTTP_PORT: "off", FLEETLOG_MQTT_PORT: "off" } });
    const keepAlive = new Agent({ keepAlive: true });
    try {
      expect(node.gateway).toMatchObject({ httpPort: 0, mqttPort: 0 });
      expect((await call(node, "/healthz", { agent: keepAlive })).status).toBe(200);
      const session = await call(node, "/api/session");
      expect(session.body).toMatchObject({ ports: { mqtts: node.gateway.mqttsPort } });
      expect(session.body).not.toHaveProperty("ports.mqtt");
      const registered = await call(node, "/api/devices", { method: "POST" }, JSON.stringify({ id: "d1" }));
      const { token } = registered.body as { token: string };
      const socket = new WebSocket(`wss://d1:${token}@${node.https}/device`, { ca: node.authority.cert });
      await once(socket, "open");
      const closed = once(socket, "close");
      await node[Symbol.asyncDispose]();
      await closed;
    } finally {
      keepAlive.destroy();
      await node[Symbol.asyncDispose]();
    }
  });
});

describe("HTTPS", () => {
  it("serves the same API as HTTP", async () => {
    await using node = await startTlsGateway();
    const registered = await call(node, "/api/devices", { method: "POST" }, '{"id":"pump-1"}');
    expect(registered).toMatchObject({ status: 201, body: { token: expect.stringMatching(/^fld_/) } });
    expect((await node.api.call("POST", "/api/devices", { id: "pump-1" })).status).toBe(409);
    expect(await call(node, "/healthz")).toMatchObject({ status: 200, body: { status: "ok" } });
  });

  it("refuses requests with the same problems and limits as HTTP", async () => {
    await using node = await startTlsGateway();
    const type = "application/problem+json";
    const refusals = [
      await call(node, "/api/nothing"),
      await call(node, "/api/system", { headers: { authorization: "Bearer wrong" } }),
      await call(node, "/api/devices", { method: "POST" }, JSON.stringify({ id: "x".repeat(300_000) })),
    ];
    expect(refusals.map(({ status }) => status)).toEqual([404, 401, 413]);
    for (const { headers } of refusals) expect(headers["content-type"]).toContain(type);
  });

  it("signs a browser in with a Secure cookie", async () => {
    await using node = await startTlsGateway();
    const token = JSON.stringify({ token: node.token });
    const { status, headers } = await call(node, "/api/session", { method: "POST" }, token);
    expect(status).toBe(204);
    expect(headers["set-cookie"]?.join()).toMatch(/; HttpOnly; Secure; SameSite=Strict$/);
    const plain = await node.api.call("POST", "/api/session", { token: node.token });
    expect(plain.headers.get("set-cookie")).not.toContain("Secure");
  });

  it("serves the live feed", async () => {
    await using node = await startTlsGateway();
    const socket = new WebSocket(`wss://${node.https}/live`, {
      ca: node.authority.cert,
      headers: { authorization: `Bearer ${node.token}` },
    });
    const [first] = await once(socket, "message");
    expect(JSON.parse(String(first))).toMatchObject({ notification: "log", params: [{ state: "ready" }] });
    socket.send(JSON.stringify({ jsonrpc: "2.0", id: 1, method: METHODS.subscribe, params: [] }));
    const [answer] = await once(socket, "message");
    expect(JSON.parse(String(answer))).toMatchObject({ jsonrpc: "2.0", id: 1 });
    socket.close();
    await once(socket, "close");
  });

  it("answers an upgrade of an unknown path as HTTP does", async () => {
    await using node = await startTlsGateway();
    const socket = new WebSocket(`wss://${node.https}/nothing`, { ca: node.authority.cert });
    socket.on("error", () => {});
    const response = (await new Promise((resolve) =>
      socket.once("unexpected-response", (_request, answer) => resolve(answer)),
    )) as IncomingMessage;
    expect(response.statusCode).toBe(404);
    socket.terminate();
  });

  it("answers invalid HTTP as the HTTP port does", async () => {
    await using node = await startTlsGateway();
    const answers = [
      connectTls({ port: node.gateway.httpsPort ?? 0, host: "127.0.0.1", ca: node.authority.cert }),
      connectPlain(node.gateway.httpPort, "127.0.0.1"),
    ].map(async (socket) => {
      let text = "";
      socket.on("data", (part) => {
        text += part;
      });
      socket.write("HELLO\r\n\r\n");
      await once(socket, "close");
      return text.replaceAll(/"(?:correlationid|instance|requestId)":"[^"]*"|x-correlation-id: \S+|date: .*/gi, "");
    });
    const [byTls = "", byTcp] = await Promise.all(answers);
    expect(byTls).toMatch(/^HTTP\/1.1 400 /);
    expect(byTls).toBe(byTcp);
  });

  it("survives clients without TLS, with an old version of TLS, or with no ALPN protocol in common", async () => {
    await using node = await startTlsGateway();
    const port = node.gateway.httpsPort ?? 0;
    for (const garbage of ["GET / HTTP/1.1\r\nhost: x\r\n\r\n", "\u0016\u0003\u0001", "\0".repeat(5_000)]) {
      const socket = connectPlain(port, "127.0.0.1").on("error", () => {});
      socket.end(garbage);
      await once(socket.resume(), "close");
    }
    const ca = node.authority.cert;
    const ciphers = "DEFAULT@SECLEVEL=0";
    const old = connectTls({ port, host: "127.0.0.1", ca, minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers });
    expect(await onceOf(old, "error")).toMatchObject({ code: expect.stringMatching(/ERR_SSL|ECONNRESET/) });
    const h2 = connectTls({ port, host: "127.0.0.1", ca, ALPNProtocols: ["h2"] });
    expect(await onceOf(h2, "error")).toMatchObject({ code: "ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL" });
    expect(node.logged).toContainEqual(expect.objectContaining({ msg: "a TLS handshake failed" }));
    expect((await call(node, "/healthz")).status).toBe(200);
  });

  it("stops in time with idle connections and unfinished handshakes", async () => {
    const node = await startTlsGateway();
    const agent = new Agent({ keepAlive: true });
    await call(node, "/healthz", { agent });
    const halfway = [node.gateway.httpsPort, node.gateway.mqttsPort].map((port) =>
      connectPlain(port ?? 0, "127.0.0.1").on("error", () => {}),
    );
    const silent = connectTls({ port: node.gateway.mqttsPort ?? 0, host: "127.0.0.1", ca: node.authority.cert });
    await Promise.all([...halfway.map((socket) => once(socket, "connect")), once(silent, "secureConnect")]);
    const closed = [...halfway, silent].map((socket) => once(socket.resume(), "close"));
    await node[Symbol.asyncDispose]();
    await Promise.all(closed);
    agent.destroy();
  });

  it("closes a connection of an address with ten unfinished handshakes, half of the limit, until one ends", async () => {
    await using node = await startTlsGateway({ env: { FLEETLOG_PENDING_CONNECTIONS: "20" } });
    const ports = [node.gateway.httpsPort ?? 0, node.gateway.mqttsPort ?? 0];
    const halfway = ports.flatMap((port) =>
      Array.from({ length: 5 }, () => connectPlain({ port, host: "127.0.0.1" }).on("error", () => {})),
    );
    await Promise.all(halfway.map((socket) => once(socket, "connect")));
    await expect(call(node, "/healthz")).rejects.toMatchObject({ code: "ECONNRESET" });
    expect((await call(node, "/healthz", { localAddress: "127.0.0.2" })).status).toBe(200);
    halfway[0]?.destroy();
    await eventually(async () => expect((await call(node, "/healthz")).status).toBe(200));
    for (const socket of halfway) socket.destroy();
  });

  it("closes a connection of an address with eight HTTP connections, half of the limit, whether by HTTP or HTTPS", async () => {
    await using node = await startTlsGateway({ env: { FLEETLOG_HTTP_CONNECTIONS: "16" } });
    const { httpPort = 0, httpsPort = 0 } = node.gateway;
    const here = { host: "127.0.0.1", localAddress: "127.0.0.3" };
    const open = [
      ...Array.from({ length: 4 }, () => connectPlain({ ...here, port: httpPort })),
      ...Array.from({ length: 4 }, () => connectTls({ ...here, port: httpsPort, ca: node.authority.cert })),
    ];
    // With an answer, the gateway has counted the connection; a client of TLS 1.3 is connected before its server is.
    await Promise.all(open.map((socket) => answered(socket)));
    const oneMore = connectPlain({ ...here, port: httpPort });
    await once(oneMore.resume(), "close");
    await expect(call(node, "/healthz", { localAddress: here.localAddress })).rejects.toMatchObject({
      code: "ECONNRESET",
    });
    expect((await call(node, "/healthz", { localAddress: "127.0.0.2" })).status).toBe(200);
    open[0]?.destroy();
    await eventually(async () =>
      expect((await call(node, "/healthz", { localAddress: here.localAddress })).status).toBe(200),
    );
    for (const socket of open) socket.destroy();
  });

  it("ends a handshake that takes too long", async () => {
    await using node = await startTlsGateway({ env: { FLEETLOG_LOGIN_TIMEOUT: "200ms" } });
    const socket = connectPlain(node.gateway.httpsPort ?? 0, "127.0.0.1").on("error", () => {});
    await once(socket.resume(), "close");
    await eventually(() =>
      expect(node.logged).toContainEqual(expect.objectContaining({ code: "ERR_TLS_HANDSHAKE_TIMEOUT" })),
    );
  });
});

describe("a node whose TLS files or ports can't be used", () => {
  it.each([
    ["FLEETLOG_TLS_CERT", { FLEETLOG_TLS_CERT: "/nowhere" }],
    ["FLEETLOG_TLS_CERT", { FLEETLOG_TLS_CERT: import.meta.filename }],
    ["FLEETLOG_TLS_KEY", { FLEETLOG_TLS_KEY: import.meta.filename }],
    ["FLEETLOG_TLS_CLIENT_CA", { FLEETLOG_TLS_CLIENT_CA: import.meta.filename }],
    ["FLEETLOG_TLS_CLIENT_CRL", { FLEETLOG_TLS_CLIENT_CRL: import.meta.filename }],
    ["FLEETLOG_TLS_KEY", { FLEETLOG_TLS_KEY: "" }],
    ["FLEETLOG_TLS_CERT", { FLEETLOG_TLS_CERT: "" }],
    ["FLEETLOG_TLS_CERT", { FLEETLOG_TLS_CERT: "", FLEETLOG_TLS_KEY: "" }],
  ])("does not start, and the error names %s: %j", async (field, env) => {
    await expect(startTlsGateway({ env })).rejects.toMatchObject({ code: "invalid-request", field });
  });

  it("does not start if a TLS port is in use", async () => {
    await using node = await startTlsGateway();
    for (const field of ["FLEETLOG_HTTPS_PORT", "FLEETLOG_MQTTS_PORT"]) {
      const env = { [field]: String(node.gateway.httpPort) };
      await expect(startTlsGateway({ env })).rejects.toMatchObject({ code: "conflict", field });
    }
  });
});
