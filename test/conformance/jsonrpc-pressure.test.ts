import { connect as connectTcp, type Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { RawWebSocket } from "../support/raw-websocket.ts";
import { startWebSocketEndpoint, type WebSocketEndpoint } from "../support/websocket-endpoint.ts";

const call = (id: number, params: object = { name: "tick", data: id }) => ({
  jsonrpc: "2.0",
  method: "event.report",
  params,
  id,
});

async function connect(node: WebSocketEndpoint, id: string): Promise<RawWebSocket> {
  return RawWebSocket.open(node.urlOf(id, await node.register(id)));
}

/** A WebSocket of raw bytes, for frames that no library sends. Reads only after `resume`. */
async function bareSocket(node: WebSocketEndpoint, id: string, token: string): Promise<Socket> {
  const socket = connectTcp(node.port, "127.0.0.1");
  socket.on("error", () => {});
  socket.write(
    [
      "GET / HTTP/1.1",
      "host: x",
      "connection: upgrade",
      "upgrade: websocket",
      "sec-websocket-version: 13",
      `sec-websocket-key: ${Buffer.alloc(16).toString("base64")}`,
      `authorization: Basic ${btoa(`${id}:${token}`)}`,
      "\r\n",
    ].join("\r\n"),
  );
  await new Promise<void>((resolve) => socket.once("readable", () => resolve()));
  expect(String(socket.read())).toContain("101");
  return socket;
}

/** A client's frame (RFC 6455, 5.2), masked with zeros. */
function frame(opcode: number, payload: string | Buffer, fin = true): Buffer {
  const body = Buffer.from(payload as string);
  const length = body.length < 126 ? [0x80 | body.length] : [0x80 | 126, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.from([(fin ? 0x80 : 0) | opcode, ...length, 0, 0, 0, 0]), body]);
}

/** Writes until the socket accepts no more for 300 ms; resolves with the number of accepted bytes. */
async function stuff(socket: Socket, bytes: Buffer, most: number): Promise<number> {
  let written = 0;
  while (written < most && !socket.destroyed) {
    written += bytes.length;
    if (socket.write(bytes)) continue;
    const drained = await new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(false), 300);
      socket.once("drain", () => {
        clearTimeout(timer);
        resolve(true);
      });
      socket.once("close", () => resolve(false));
    });
    if (!drained) break;
  }
  return written;
}

describe("back-pressure", () => {
  it("while the log is unavailable, the gateway reads only a window of reports and acknowledges none; later it stores all reports", async () => {
    await using node = await startWebSocketEndpoint({ limits: { maxUnstoredReports: 16 } });
    const raw = await connect(node, "pump");
    await raw.call("event.report", { name: "here", data: null });
    node.backbone.away();
    const [count, text] = [5_000, "x".repeat(4_000)];
    for (let n = 1; n <= count; n++) raw.send(call(n, { name: "tick", data: { n, text } }));
    const other = await RawWebSocket.open(node.url).catch((error: unknown) => String(error));
    expect(other).toContain("503");
    expect(raw.unread).toEqual([]);
    // Beyond the kernels' buffers, messages wait in the client, not in the node.
    expect(raw.websocket.bufferedAmount).toBeGreaterThan(0);
    node.backbone.back();
    for (let n = 1; n <= count; n++) expect(await raw.next()).toMatchObject({ result: { seq: expect.any(Number) } });
    const events = await node.events("pump", "event");
    expect(events.slice(1).map(({ data }) => (data as { data: { n: number } }).data.n)).toEqual(
      Array.from({ length: count }, (_, index) => index + 1),
    );
  });

  it("one device's unstored events are bounded while the log is full, and other devices are served", async () => {
    await using node = await startWebSocketEndpoint({ limits: { maxUnstoredReports: 4 } });
    const raw = await connect(node, "pump");
    const other = await connect(node, "other");
    await raw.call("event.report", { name: "here", data: null });
    await other.call("event.report", { name: "here", data: null });
    node.backbone.full();
    for (let n = 1; n <= 100; n++) raw.send(call(n));
    const report = { data: { n: 1 } };
    expect(await other.call("telemetry.report", report)).toMatchObject({ result: { seq: expect.any(Number) } });
    expect(await other.call("telemetry.report", report)).toMatchObject({ result: { seq: expect.any(Number) } });
    expect(raw.unread).toEqual([]);
    node.backbone.room();
    for (let n = 1; n <= 100; n++) expect(await raw.next()).toMatchObject({ result: {} });
    expect(await node.events("pump", "event")).toHaveLength(101);
  });

  it("a large batch waits for the window between its calls", async () => {
    await using node = await startWebSocketEndpoint({ limits: { maxUnstoredReports: 4 } });
    const raw = await connect(node, "pump");
    const answers = await raw.exchange(Array.from({ length: 100 }, (_, index) => call(index)));
    expect(answers).toHaveLength(100);
    const events = await node.events("pump", "event");
    expect(events.map(({ data }) => (data as { data: number }).data)).toEqual(
      Array.from({ length: 100 }, (_, index) => index),
    );
  });

  it("a device over its rate is read more slowly, and loses nothing", async () => {
    await using node = await startWebSocketEndpoint({ sessions: { eventsPerSecond: 1_000, burst: 10 } });
    const raw = await connect(node, "pump");
    for (let n = 1; n <= 60; n++) raw.send(call(n));
    raw.websocket.ping();
    for (let n = 1; n <= 60; n++) expect(await raw.next()).toMatchObject({ id: n });
    expect(await node.events("pump", "event")).toHaveLength(60);
  });

  it("commands wait while the device does not read", async () => {
    await using node = await startWebSocketEndpoint({ sessions: { openCommands: 64 } });
    const token = await node.register("pump");
    const socket = await bareSocket(node, "pump", token);
    const params = { text: "x".repeat(200_000) };
    for (let n = 0; n < 60; n++) await node.issue("pump", `n${n}`, params);
    const delivered = async () =>
      (await node.events("pump", "command")).filter(({ type }) => type === "CommandDelivered").length;
    const before = await delivered();
    expect(before).toBeLessThan(60);
    socket.resume();
    await eventually(async () => expect(await delivered()).toBe(60));
    socket.destroy();
  });
});

describe("a hostile peer", () => {
  it("that does not read its answers is no longer read, and is closed after two ping intervals", async () => {
    await using node = await startWebSocketEndpoint({ limits: { pingMs: 200 } });
    const token = await node.register("pump");
    const socket = await bareSocket(node, "pump", token);
    const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    const before = process.memoryUsage().rss;
    const written = await stuff(socket, frame(1, '{"jsonrpc":"2.0","method":"x","id":"0123456789"}'), 1 << 27);
    expect(written).toBeLessThan(1 << 27);
    expect(process.memoryUsage().rss - before).toBeLessThan(100 << 20);
    await eventually(async () => {
      expect((await node.events("pump", "session")).at(-1)).toMatchObject({
        type: "SessionClosed",
        data: { reason: "timeout", detail: "does not read what it is sent" },
      });
    });
    socket.resume();
    await closed;
    await eventually(() => expect(node.endpoint.connections).toBe(0));
  });

  it.each([
    ["pings", frame(9, "x".repeat(125))],
    ["pongs", frame(10, "x".repeat(125))],
    ["empty messages", frame(1, "")],
  ])("that floods with %s is slowed down, and affects no other connection", async (_, bytes) => {
    await using node = await startWebSocketEndpoint({
      limits: { pingMs: 200 },
      sessions: { eventsPerSecond: 1_000, burst: 100 },
    });
    const token = await node.register("pump");
    const raw = await connect(node, "other");
    const socket = await bareSocket(node, "pump", token);
    socket.resume();
    const chunk = Buffer.concat(Array.from({ length: 100 }, () => bytes));
    const written = await stuff(socket, chunk, 1 << 26);
    expect(written).toBeLessThan(1 << 26);
    expect(await raw.call("event.report", { name: "here", data: null })).toMatchObject({ result: {} });
    expect(node.endpoint.connections).toBe(2);
    socket.resetAndDestroy();
    await eventually(async () => expect((await node.events("pump", "session")).at(-1)?.type).toBe("SessionClosed"));
  });

  it.each([
    ["in many fragments", 1008, [frame(1, "{", false), ...Array.from({ length: 300 }, () => frame(0, " ", false))]],
    [
      "in fragments without end",
      1009,
      [frame(1, "{", false), ...Array.from({ length: 200 }, () => frame(0, Buffer.alloc(2_000), false))],
    ],
    ["in a fragment that continues nothing", 1002, [frame(0, "{}")]],
    ["in a compressed frame, although compression was not negotiated", 1002, [Buffer.from([0xc1, 0x80, 0, 0, 0, 0])]],
    ["with an opcode that does not exist", 1002, [frame(3, "{}")]],
    ["in a control frame that is too long", 1002, [frame(9, "x".repeat(126))]],
    ["without a mask", 1002, [Buffer.from([0x81, 0x02, 0x7b, 0x7d])]],
    ["of 2^40 bytes", 1009, [Buffer.from([0x81, 0xff, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0])]],
  ])("that sends a message %s is closed with %i as a protocol error", async (_, code, frames) => {
    await using node = await startWebSocketEndpoint();
    const socket = await bareSocket(node, "pump", await node.register("pump"));
    const chunks: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    for (const bytes of frames) socket.write(bytes);
    await eventually(() => {
      const [first = 0, , high = 0, low = 0] = Buffer.concat(chunks);
      expect([first, (high << 8) | low]).toEqual([0x88, code]);
    });
    await eventually(async () => {
      expect((await node.events("pump", "session")).at(-1)?.data).toMatchObject({ reason: "protocol-error" });
    });
    socket.destroy();
  });

  it("that sends a close frame but keeps the connection gets no command, and makes no other device wait", async () => {
    await using node = await startWebSocketEndpoint();
    const other = await connect(node, "other");
    const socket = await bareSocket(node, "pump", await node.register("pump"));
    socket.write(frame(8, Buffer.from([0x03, 0xe9])));
    await new Promise<void>((resolve) => socket.once("readable", () => resolve()));
    await node.issue("pump", "blink");
    expect(await other.call("event.report", { name: "here", data: null })).toMatchObject({ result: {} });
    expect((await node.events("pump", "command")).map(({ type }) => type)).toEqual(["CommandIssued"]);
    socket.destroy();
    await eventually(() => expect(node.sessions.size).toBe(1));
  });

  it("that disconnects in the middle of a frame leaves nothing behind", async () => {
    await using node = await startWebSocketEndpoint();
    const token = await node.register("pump");
    for (let n = 0; n < 50; n++) {
      const socket = await bareSocket(node, "pump", token);
      socket.write(frame(1, "{").subarray(0, 5));
      socket.destroy();
    }
    await eventually(() => expect([node.endpoint.connections, node.sessions.size]).toEqual([0, 0]));
  });
});

describe("heartbeat", () => {
  it("keeps a device that answers pings, and closes a device that does not", async () => {
    await using node = await startWebSocketEndpoint({ limits: { pingMs: 100 } });
    const alive = await connect(node, "alive");
    const dead = await RawWebSocket.open(node.urlOf("dead", await node.register("dead")), { autoPong: false });
    let pings = 0;
    alive.websocket.on("ping", () => pings++);
    expect(await dead.closed).toMatchObject({ code: 1006 });
    await eventually(async () =>
      expect((await node.events("dead", "session")).at(-1)?.data).toMatchObject({
        reason: "timeout",
        detail: "does not answer pings",
      }),
    );
    await eventually(() => expect(pings).toBeGreaterThan(5));
    expect(await alive.call("event.report", { name: "here", data: null })).toMatchObject({ result: {} });
  });

  it("does not close a silent connection that the node itself does not read", async () => {
    await using node = await startWebSocketEndpoint({ limits: { pingMs: 50, maxUnstoredReports: 1 } });
    const raw = await connect(node, "pump");
    await raw.call("event.report", { name: "here", data: null });
    const witness = await RawWebSocket.open(node.url, { autoPong: false });
    node.backbone.full();
    for (let n = 0; n < 10; n++) raw.send(call(n));
    await witness.closed;
    node.backbone.room();
    for (let n = 0; n < 10; n++) expect(await raw.next()).toMatchObject({ id: n, result: {} });
  });
});
