import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { systemClock } from "@fleetlog/runtime";
import { Server } from "rpc-websockets";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ManualClock } from "../testing/manual-clock.ts";
import type { TransportOptions } from "./options.ts";
import { ConnectError, type Link, Refusal } from "./transport.ts";
import { websocketTransport } from "./websocket.ts";

const never = new AbortController().signal;

/** The server is that of rpc-websockets. The agent uses the client of the same library. */
describe("websocketTransport", () => {
  let http: HttpServer;
  let rpc: Server;
  let url: string;
  let headers: (string | undefined)[];
  let links: Link[];

  beforeEach(async () => {
    headers = [];
    links = [];
    http = createServer();
    rpc = new Server({ server: http });
    rpc.on("connection", (_, request) => headers.push(request.headers.authorization));
    rpc.event("command", "/device");
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    url = `ws://127.0.0.1:${(http.address() as AddressInfo).port}/device`;
  });
  afterEach(async () => {
    await Promise.all(links.map((link) => link.close()));
    await rpc.close();
    http.closeAllConnections();
    await new Promise((resolve) => http.close(resolve));
  });

  const options = (more: Partial<TransportOptions> = {}): TransportOptions => ({
    url,
    device: "d1",
    token: "secret",
    mqttVersion: 5,
    clock: systemClock,
    connectTimeoutMs: 5_000,
    callTimeoutMs: 5_000,
    heartbeatMs: 5_000,
    ...more,
  });
  async function connect(
    more: Partial<TransportOptions> = {},
    onCommand = (_: unknown) => {},
    onCancelled = (_: string) => {},
  ): Promise<Link> {
    const link = await websocketTransport(options(more)).connect({ onCommand, onCancelled }, never);
    links.push(link);
    return link;
  }

  it("sends each kind of message by its method and waits for the result", async () => {
    const calls: unknown[] = [];
    for (const method of ["telemetry.report", "event.report", "profile.report", "command.progress", "command.result"])
      rpc.register(method, (params) => calls.push([method, params]), "/device");
    const link = await connect();
    expect(headers).toEqual([`Basic ${btoa("d1:secret")}`]);
    await link.send({ kind: "telemetry", reports: [{ data: { n: 1 }, boot: "b", seq: 1 }] });
    await link.send({ kind: "telemetry", reports: [{ data: { n: 2 } }, { data: { n: 3 } }] });
    await link.send({ kind: "event", report: { name: "opened", data: 1 } });
    await link.send({ kind: "profile", profile: { model: "t" } });
    await link.send({ kind: "command-progress", progress: { id: "c", percent: 5 } });
    await link.send({ kind: "command-result", result: { id: "c", ok: true, result: 5 } });
    expect(calls).toEqual([
      ["telemetry.report", { data: { n: 1 }, boot: "b", seq: 1 }],
      ["telemetry.report", [{ data: { n: 2 } }, { data: { n: 3 } }]],
      ["event.report", { name: "opened", data: 1 }],
      ["profile.report", { model: "t" }],
      ["command.progress", { id: "c", percent: 5 }],
      ["command.result", { id: "c", ok: true, result: 5 }],
    ]);
  });

  it("logs in with a call if the device's id has a colon", async () => {
    const logins: unknown[] = [];
    rpc.setAuth(async (params) => {
      logins.push(params);
      if (params.token !== "secret") throw rpc.createError(-32001, "wrong token", "");
      return true;
    }, "/device");
    await connect({ device: "aa:bb" });
    expect(headers).toEqual([undefined]);
    expect(logins).toEqual([{ device: "aa:bb", token: "secret" }]);
    await expect(connect({ device: "aa:bb", token: "wrong" })).rejects.toMatchObject({ end: { kind: "credentials" } });
  });

  it("can be aborted while it connects", async () => {
    const stop = new AbortController();
    rpc.setAuth(() => new Promise(() => stop.abort()), "/device");
    const connecting = websocketTransport(options({ device: "aa:bb" })).connect(
      { onCommand() {}, onCancelled() {} },
      stop.signal,
    );
    await expect(connecting).rejects.toMatchObject({ end: { kind: "lost" } });
    const late = websocketTransport(options()).connect({ onCommand() {}, onCancelled() {} }, stop.signal);
    await expect(late).rejects.toBeInstanceOf(ConnectError);
  });

  it("delivers commands, and ignores invalid commands", async () => {
    const commands: unknown[] = [];
    const cancelled: string[] = [];
    const link = await connect(
      {},
      (command) => commands.push(command),
      (id) => cancelled.push(id),
    );
    const socket = [...rpc.of("/device").clients().clients.values()][0];
    const deadline = "2026-01-01T00:00:00Z";
    const emit = (...params: unknown[]) => socket?.send(JSON.stringify({ notification: "command", params }));
    emit({ id: "c1", name: "reboot", params: { soft: true }, deadline });
    emit({ id: 5, name: "reboot" });
    emit(null);
    emit("text");
    socket?.send("no JSON");
    socket?.send(JSON.stringify({ notification: "command", params: { id: "c2", name: "x", deadline } }));
    for (const params of [[{ id: "c1", reason: "cancelled" }], [{}], [null]])
      socket?.send(JSON.stringify({ notification: "command.cancelled", params }));
    rpc.register("profile.report", () => 1, "/device");
    await link.send({ kind: "profile", profile: {} });
    expect(cancelled).toEqual(["c1"]);
    expect(commands).toEqual([
      { id: "c1", name: "reboot", params: { soft: true }, deadline },
      { id: "c2", name: "x", params: null, deadline },
    ]);
  });

  it("distinguishes permanent from temporary refusals", async () => {
    const refuse = (code: number, message: string) => () => {
      throw rpc.createError(code, message, "");
    };
    rpc.register("event.report", refuse(-32602, "name is wrong"), "/device");
    rpc.register("profile.report", refuse(-32029, "retry after 3 s"), "/device");
    const link = await connect();
    const failure = async (sending: Promise<void>) => sending.catch((error: unknown) => error);
    const bad = await failure(link.send({ kind: "event", report: { name: "x", data: null } }));
    expect(bad).toBeInstanceOf(Refusal);
    expect(bad).toMatchObject({ code: -32602, permanent: true });
    const unknown = await failure(link.send({ kind: "telemetry", reports: [{ data: {} }] }));
    expect(unknown).toMatchObject({ code: -32601, permanent: true });
    const later = await failure(link.send({ kind: "profile", profile: {} }));
    expect(later).toMatchObject({ code: -32029, permanent: false, retryAfterMs: 3_000 });
  });

  it("rejects pending calls when the connection is lost, and reports the close code", async () => {
    rpc.register("profile.report", () => new Promise(() => {}), "/device");
    const link = await connect();
    const sending = link.send({ kind: "profile", profile: {} });
    const failed = expect(sending).rejects.toThrow("closed with 1013: restarting, retry after 4 s");
    [...rpc.of("/device").clients().clients.values()][0]?.close(1013, "restarting, retry after 4 s");
    await failed;
    expect(await link.ended).toMatchObject({ kind: "busy", retryAfterMs: 4_000 });
    await expect(link.send({ kind: "profile", profile: {} })).rejects.toThrow("the connection has ended");
  });

  it("drops the connection after 5 s without an answer", async () => {
    rpc.register("profile.report", () => new Promise(() => {}), "/device");
    const clock = new ManualClock();
    const link = await connect({ clock, heartbeatMs: 60_000 });
    const failed = expect(link.send({ kind: "profile", profile: {} })).rejects.toThrow("within 5000 ms");
    await clock.advance(5_000);
    await failed;
    expect(await link.ended).toMatchObject({ kind: "lost" });
  });

  it("drops a silent connection after an unanswered ping", async () => {
    const clock = new ManualClock();
    const link = await connect({ clock, heartbeatMs: 10_000, callTimeoutMs: 60_000 });
    let pings = 0;
    const socket = [...rpc.of("/device").clients().clients.values()][0];
    const pinged = new Promise<void>((resolve) => socket?.on("ping", () => resolve(void pings++)));
    await clock.advance(10_000);
    await pinged;
    // The answer to this call comes after the pong. So the pong has arrived before the clock advances.
    rpc.register("profile.report", () => 1, "/device");
    await link.send({ kind: "profile", profile: {} });
    await clock.advance(10_000);
    // The pong has kept the connection up.
    await link.send({ kind: "profile", profile: {} });
    expect(pings).toBe(2);
    socket?.pause();
    await clock.advance(20_000);
    expect(await link.ended).toMatchObject({ kind: "lost" });
    socket?.terminate();
  });

  it("reports why it could not connect", async () => {
    const attempt = async (answer: string): Promise<unknown> => {
      const server = createServer();
      server.on("upgrade", (_, socket) => socket.end(`HTTP/1.1 ${answer}\r\nContent-Length: 0\r\n\r\n`));
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const { port } = server.address() as AddressInfo;
      try {
        return await connect({ url: `ws://127.0.0.1:${port}/device` }).catch((error: ConnectError) => error.end);
      } finally {
        await new Promise((resolve) => server.close(resolve));
      }
    };
    expect(await attempt("401 Unauthorized")).toEqual({ kind: "credentials", reason: "the gateway answered HTTP 401" });
    expect(await attempt("503 Busy\r\nRetry-After: 7")).toMatchObject({ kind: "busy", retryAfterMs: 7_000 });
    expect(await attempt("500 Oops")).toMatchObject({ kind: "lost" });
    const closed = await connect({ url: "ws://127.0.0.1:1/device" }).catch((error: unknown) => error);
    expect(closed).toBeInstanceOf(ConnectError);
    expect(closed).toMatchObject({ end: { kind: "lost" } });
  });
});
