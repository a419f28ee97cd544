import { once } from "node:events";
import { type AddressInfo, connect } from "node:net";
import { text } from "node:stream/consumers";
import { FleetError, type Person } from "@fleetlog/domain";
import { WIRE_ERRORS } from "@fleetlog/protocol";
import Type from "typebox";
import { afterEach, describe, expect, it } from "vitest";
import { callerOf } from "../../http/resources/caller.ts";
import { ConnectionBound } from "../../net/connection-bound.ts";
import { listenHttp } from "../../net/listen/listen.ts";
import type { GatewaySettings } from "../../settings/index.ts";
import { testServer } from "../../testing/test-server.ts";
import type { Dialect, HttpListener } from "../index.ts";
import { type DialectServersOptions, type DialectServersPart, dialectServersPart } from "./http-servers-part.ts";

const SETTINGS = { host: "127.0.0.1", maxPayloadBytes: 1_000 } as GatewaySettings;
const Secret = Type.Object({ secret: Type.String() });
const PEOPLE: Readonly<Record<string, Person>> = {
  o: { kind: "person", id: "olga", name: "Olga", role: "owner", account: "main", scope: {} },
  v: { kind: "person", id: "vera", name: "Vera", role: "viewer", account: "main", scope: {} },
};

const toy = (more: Partial<HttpListener> = {}): Dialect => ({
  name: "toy",
  listener: {
    protocol: "http",
    setting: "FLEETLOG_TOY_PORT",
    tls: false,
    port: () => 0,
    async authenticate({ body }) {
      const person = PEOPLE[(body as { secret?: string } | null)?.secret ?? ""];
      if (person === undefined) throw new FleetError("unauthenticated", "wrong secret");
      return person;
    },
    refuse: (error, _, reply) => reply.status(WIRE_ERRORS[error.code].http).type("text/plain").send(`NG ${error.code}`),
    routes: () => async (app) => {
      app.get("/open", { config: { action: "session.begin" } }, async () => "hello");
      app.post("/do", { config: { action: "device.register" }, schema: { body: Secret } }, async (request) => ({
        by: callerOf(request).by,
        address: callerOf(request).address !== undefined,
      }));
    },
    ...more,
  },
});

let part: DialectServersPart | undefined;
afterEach(() => part?.stop?.());

async function open(dialect: Dialect, more: Partial<DialectServersOptions> = {}) {
  const refusals: unknown[] = [];
  const { node, context } = await testServer({ refusals: { call: (refusal) => void refusals.push(refusal) } });
  part = dialectServersPart(node.core, {
    dialects: [{ name: "other" }, dialect],
    settings: SETTINGS,
    context,
    bound: new ConnectionBound({ total: 100, ofAddress: () => 100 }),
    tls: undefined,
    timeouts: { headersMs: 3_000, requestMs: 3_000, checkEveryMs: 50 },
    ...more,
  });
  const listeners = await part.listen();
  const port = listeners[0]?.port ?? 0;
  const call = async (path: string, body?: string, method = body === undefined ? "GET" : "POST") => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      ...(body !== undefined && { body, headers: { "content-type": "application/json" } }),
    });
    return { status: response.status, text: await response.text(), headers: response.headers };
  };
  return { listeners, port, call, refusals, context, node };
}

async function raw(port: number, bytes: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  socket.write(bytes);
  return text(socket);
}

describe("a dialect's HTTP port", () => {
  it("stays closed when its setting is not given", async () => {
    expect((await open(toy({ port: () => undefined }))).listeners).toEqual([]);
  });

  it("serves the dialect's routes to the caller that the dialect finds in the body", async () => {
    const { call, listeners } = await open(toy());
    expect(listeners).toMatchObject([{ dialect: "toy" }]);
    expect(await call("/open")).toMatchObject({ status: 200, text: "hello" });
    const done = await call("/do", '{"secret":"o"}');
    expect(JSON.parse(done.text)).toEqual({ by: "olga", address: true });
    expect(done.headers.get("content-length")).toBe(String(done.text.length));
    expect(done.headers.get("x-correlation-id")).not.toBeNull();
  });

  it("answers refusals in the dialect's form, and records the caller and the call of each", async () => {
    const { call, port, refusals } = await open(toy());
    expect(await call("/do", '{"secret":"x"}')).toMatchObject({ status: 401, text: "NG unauthenticated" });
    expect(await call("/do", '{"secret":"v"}')).toMatchObject({ status: 403, text: "NG forbidden" });
    expect(refusals).toMatchObject([
      { by: undefined, call: "POST /do", code: "unauthenticated" },
      { by: "vera", account: "main", action: "device.register", code: "forbidden" },
    ]);
    expect(await call("/do", "{")).toMatchObject({ status: 400, text: "NG invalid-request" });
    expect(await call("/do", `"${"x".repeat(1_000)}"`)).toMatchObject({ status: 413, text: "NG payload-too-large" });
    expect(await call("/open", "{}")).toMatchObject({ status: 405, text: "NG method-not-allowed" });
    expect(await call("/api/devices")).toMatchObject({ status: 404, text: "NG not-found" });
    expect(await raw(port, "GET /open HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n")).toMatch(
      /^HTTP\/1.1 400 [\s\S]*NG invalid-request$/,
    );
  });

  it("logs and counts requests", async () => {
    const { call, context, node } = await open(toy());
    await call("/do", '{"secret":"o"}');
    await call("/do", '{"secret":"v"}');
    const logged = node.logged.filter(({ url }) => url !== undefined);
    expect(logged).toMatchObject([{ msg: "answered", url: "/do" }, { code: "forbidden" }]);
    const [metric] = context.requests.metrics;
    const { values = [] } = (await metric?.get()) ?? {};
    expect(new Set(values.map(({ labels }) => labels.route))).toEqual(new Set(["toy /do"]));
  });

  it("limits the connections, and how long a request may take", async () => {
    const { port, call } = await open(toy(), { bound: new ConnectionBound({ total: 1, ofAddress: () => 1 }) });
    const waiting = raw(port, "GET /open HTTP/1.1\r\n");
    await expect(call("/open")).rejects.toThrow();
    expect(await waiting).toMatch(/^HTTP\/1.1 408 /);
    expect((await call("/open")).status).toBe(200);
  });

  it("ends open connections when it stops", async () => {
    const { port } = await open(toy(), { timeouts: { headersMs: 60_000, requestMs: 60_000, checkEveryMs: 50 } });
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    socket.resume();
    await Promise.all([once(socket, "close"), part?.stop?.()]);
    await expect(raw(port, "")).rejects.toThrow("ECONNREFUSED");
  });

  it("does not start when a route has no action", async () => {
    const routes = () => async (app: Parameters<ReturnType<HttpListener["routes"]>>[0]) => void app.get("/x", () => 1);
    await expect(open(toy({ routes }))).rejects.toThrow("the route GET /x names no action");
  });

  it("fails with the setting's name when its port is taken, or when it needs TLS and there is none", async () => {
    const { port } = await open(toy());
    const first = part;
    await expect(open(toy({ port: () => port }))).rejects.toMatchObject({
      code: "conflict",
      field: "FLEETLOG_TOY_PORT",
    });
    await part?.stop?.();
    await expect(open(toy({ tls: true }))).rejects.toMatchObject({
      code: "invalid-request",
      field: "FLEETLOG_TOY_PORT",
    });
    await first?.stop?.();
  });

  it("opens its port through the TLS server if the dialect uses TLS", async () => {
    const opened: unknown[] = [];
    const tls: DialectServersOptions["tls"] = {
      listenHttps: async (app, port) => {
        opened.push(port, app.server.listening);
        await listenHttp(app, { host: "127.0.0.1", httpPort: 0 });
        return { port: (app.server.address() as AddressInfo).port, close: async () => {} };
      },
    };
    const { call } = await open(toy({ tls: true, port: () => 8_443 }), { tls });
    expect(opened).toEqual([{ port: 8_443, setting: "FLEETLOG_TOY_PORT" }, false]);
    expect((await call("/open")).status).toBe(200);
  });
});
