import { retireDevice, rotateToken } from "@fleetlog/fleet";
import { querySubject } from "@fleetlog/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { TESTER } from "../support/gateway-parts.ts";
import { RawWebSocket } from "../support/raw-websocket.ts";
import { startWebSocketEndpoint, type WebSocketEndpoint } from "../support/websocket-endpoint.ts";

let gateway: WebSocketEndpoint;
let names = 0;
beforeAll(async () => {
  gateway = await startWebSocketEndpoint();
});
afterAll(() => gateway[Symbol.asyncDispose]());

async function connect(): Promise<{ id: string; token: string; raw: RawWebSocket }> {
  const id = `device-${++names}`;
  const token = await gateway.register(id);
  const raw = await RawWebSocket.open(gateway.urlOf(id, token));
  return { id, token, raw };
}

async function deliveriesOf(id: string): Promise<unknown[]> {
  const events = await gateway.events(id, "command");
  return events
    .filter(({ type }) => type === "CommandDelivered")
    .map(({ data }) => (data as { command: string }).command);
}

const answered = { jsonrpc: "2.0", result: { seq: expect.any(Number) }, id: 1 };

describe("reports of a device", () => {
  it("telemetry.report: a single report is stored", async () => {
    const { id, raw } = await connect();
    const report = { data: { temperature: 20.5 }, at: "2026-01-01T00:00:00Z", boot: "b1", seq: 7 };
    expect(await raw.call("telemetry.report", report)).toEqual(answered);
    const [event] = await gateway.events(id, "telemetry");
    expect(event).toMatchObject({
      type: "TelemetryReported",
      id: `${id}:b1:7`,
      devicetime: "2026-01-01T00:00:00Z",
      data: { data: { temperature: 20.5 }, boot: "b1", seq: 7 },
    });
  });

  it.each([
    ["an array of reports", (items: unknown[]) => items],
    ["an array in an array", (items: unknown[]) => [items]],
  ])("telemetry.report: %s, answered with the last report's sequence", async (_, shape) => {
    const { id, raw } = await connect();
    const items = [1, 2, 3].map((n) => ({ data: { n } }));
    const answer = await raw.call("telemetry.report", shape(items));
    const events = await gateway.events(id, "telemetry");
    expect(events.map(({ data }) => data)).toEqual(items);
    expect(answer).toEqual({ jsonrpc: "2.0", result: { seq: events.at(-1)?.seq }, id: 1 });
  });

  it("profile.report: a known field of a wrong type is recorded, and the result has a warning", async () => {
    const { id, raw } = await connect();
    const profile = { model: "M1", commands: "blink" };
    const warning = "commands must be a list; the profile is recorded, but this is not understood";
    expect(await raw.call("profile.report", profile)).toEqual({
      ...answered,
      result: { seq: expect.any(Number), warning },
    });
    expect((await gateway.events(id, "device")).at(-1)).toMatchObject({ data: { profile } });
  });

  it.each([
    ["an object", (profile: object) => profile],
    ["an array of one", (profile: object) => [profile]],
  ])("profile.report: %s", async (_, shape) => {
    const { id, raw } = await connect();
    const profile = { model: "M1", serial: "S-1", firmware: "1.2.3", more: { deep: [true, null] } };
    expect(await raw.call("profile.report", shape(profile))).toEqual(answered);
    const events = await gateway.events(id, "device");
    expect(events.at(-1)).toMatchObject({ type: "DeviceProfileReported", data: { profile } });
  });

  it.each([
    ["an object", (report: object) => report],
    ["an array of one", (report: object) => [report]],
  ])("event.report: %s", async (_, shape) => {
    const { id, raw } = await connect();
    const report = { name: "door-opened", data: ["by", { key: 1 }], boot: 3, seq: 0 };
    expect(await raw.call("event.report", shape(report))).toEqual(answered);
    const [event] = await gateway.events(id, "event");
    expect(event).toMatchObject({ type: "DeviceEventReported", id: `${id}:3:0`, data: report });
  });

  it("that are sent twice become one event, and both calls are acknowledged with its sequence", async () => {
    const { id, raw } = await connect();
    const report = { data: { n: 1 }, boot: "b1", seq: 1 };
    const first = (await raw.call("telemetry.report", report)) as { result: unknown };
    const again = (await raw.call("telemetry.report", report)) as { result: unknown };
    expect(again.result).toEqual(first.result);
    expect(await gateway.events(id, "telemetry")).toHaveLength(1);
  });

  it("in pipelined calls are appended in order", async () => {
    const { id, raw } = await connect();
    const count = 1_000;
    for (let n = 1; n <= count; n++) {
      raw.send({ jsonrpc: "2.0", method: "event.report", params: { name: "tick", data: n }, id: n });
    }
    const answers: unknown[] = [];
    while (answers.length < count) answers.push(await raw.next());
    const events = await gateway.events(id, "event");
    expect(events.map(({ data }) => (data as { data: unknown }).data)).toEqual(
      Array.from({ length: count }, (_, index) => index + 1),
    );
    expect(new Set(answers.map((answer) => (answer as { id: number }).id)).size).toBe(count);
  });
});

describe("commands", () => {
  it("come as event `command`, and are answered by command.result", async () => {
    const { id, raw } = await connect();
    const issued = await gateway.issue(id, "blink", { times: 3 });
    const message = { id: issued.id, name: "blink", params: { times: 3 }, deadline: issued.deadline };
    expect(await raw.next()).toEqual({ notification: "command", params: [message] });
    expect(await raw.call("command.result", { id: issued.id, ok: true, result: { lit: true } })).toEqual(answered);
    const events = await gateway.events(id, "command");
    expect(events.map(({ type }) => type)).toEqual(["CommandIssued", "CommandDelivered", "CommandCompleted"]);
    expect(events.at(-1)?.data).toMatchObject({ command: issued.id, result: { lit: true } });
  });

  it("fail with the device's own error", async () => {
    const { id, raw } = await connect();
    const issued = await gateway.issue(id, "blink");
    expect(await raw.next()).toMatchObject({ params: [{ params: null }] });
    const error = { code: "E_LED", message: "no LED" };
    expect(await raw.call("command.result", [{ id: issued.id, ok: false, error }])).toEqual(answered);
    expect((await gateway.events(id, "command")).at(-1)).toMatchObject({ type: "CommandFailed", data: { error } });
  });

  it("come in the order of issue, even if issued while the device was disconnected", async () => {
    const id = `device-${++names}`;
    const token = await gateway.register(id);
    const issued: string[] = [];
    for (const name of ["one", "two", "three"]) issued.push((await gateway.issue(id, name)).id);
    const raw = await RawWebSocket.open(gateway.urlOf(id, token));
    issued.push((await gateway.issue(id, "four")).id);
    const received: unknown[] = [];
    while (received.length < 4) received.push(await raw.next());
    expect(received.map((message) => (message as { params: [{ id: string }] }).params[0].id)).toEqual(issued);
  });

  it("come as event `command` and under their own name, if the device has subscribed to that name", async () => {
    const { id, raw } = await connect();
    expect(await raw.call("rpc.on", ["reboot"])).toEqual({ jsonrpc: "2.0", result: { reboot: "ok" }, id: 1 });
    const { id: command, deadline } = await gateway.issue(id, "reboot");
    const params = [{ id: command, name: "reboot", params: null, deadline }];
    expect([await raw.next(), await raw.next()]).toEqual([
      { notification: "reboot", params },
      { notification: "command", params },
    ]);
    await raw.call("rpc.off", ["reboot"]);
    await gateway.issue(id, "reboot");
    expect(await raw.next()).toMatchObject({ notification: "command" });
    await raw.flush();
    expect(raw.unread).toEqual([]);
  });

  it("come again when the device subscribes to `command` after getting them without a subscription", async () => {
    const { id, raw } = await connect();
    const [one, two] = [await gateway.issue(id, "one"), await gateway.issue(id, "two")];
    const both = [
      { notification: "command", params: [{ id: one.id }] },
      { notification: "command", params: [{ id: two.id }] },
    ];
    expect([await raw.next(), await raw.next()]).toMatchObject(both);
    expect(await raw.call("rpc.on", ["command"])).toMatchObject({ result: { command: "ok" } });
    expect([await raw.next(), await raw.next()]).toMatchObject(both);
    for (const method of ["rpc.on", "rpc.off", "rpc.on"]) await raw.call(method, ["command"]);
    await raw.flush();
    expect(raw.unread).toEqual([]);
    expect(await deliveriesOf(id)).toEqual([one.id, two.id]);
  });

  it("come once under their own name when the device subscribes to that name while the commands are open", async () => {
    const { id, raw } = await connect();
    await gateway.issue(id, "other");
    const reboot = await gateway.issue(id, "reboot");
    expect([await raw.next(), await raw.next()]).toMatchObject([
      { notification: "command", params: [{ name: "other" }] },
      { notification: "command", params: [{ id: reboot.id }] },
    ]);
    await raw.call("rpc.on", ["reboot", "unheard-of"]);
    expect(await raw.next()).toMatchObject({ notification: "reboot", params: [{ id: reboot.id }] });
    for (const method of ["rpc.on", "rpc.off", "rpc.on"]) await raw.call(method, ["reboot"]);
    await raw.flush();
    expect(raw.unread).toEqual([]);
    expect(await deliveriesOf(id)).toEqual([expect.any(String), reboot.id]);
    await raw.call("command.result", { id: reboot.id, ok: true });
    await raw.call("rpc.on", ["command"]);
    expect(await raw.next()).toMatchObject({ notification: "command", params: [{ name: "other" }] });
    await raw.flush();
    expect(raw.unread).toEqual([]);
  });

  it("are recorded as delivered once per session, for any number of messages; the view counts sessions", async () => {
    const { id, token, raw } = await connect();
    await raw.call("rpc.on", ["reboot", "command"]);
    const issued = await gateway.issue(id, "reboot");
    expect([await raw.next(), await raw.next()]).toMatchObject([
      { notification: "reboot" },
      { notification: "command" },
    ]);
    raw.websocket.terminate();
    const again = await RawWebSocket.open(gateway.urlOf(id, token));
    expect(await again.next()).toMatchObject({ notification: "command" });
    await again.call("rpc.on", ["reboot", "command"]);
    expect([await again.next(), await again.next()]).toMatchObject([
      { notification: "reboot" },
      { notification: "command" },
    ]);
    await again.call("command.result", { id: issued.id, ok: true });
    expect(await deliveriesOf(id)).toEqual([issued.id, issued.id]);
    const atLeast = (await gateway.backbone.log.last("command", id))?.seq ?? 0;
    const question = { params: { id: issued.id }, atLeast, waitMs: 5_000 };
    expect(await gateway.backbone.bus.request(querySubject("commands.get"), question)).toMatchObject({
      result: { state: "completed", deliveries: 2 },
    });
  });

  it("are sent again in each session until they are answered", async () => {
    const { id, token, raw } = await connect();
    const issued = await gateway.issue(id, "blink");
    await raw.next();
    raw.websocket.terminate();
    const again = await RawWebSocket.open(gateway.urlOf(id, token));
    expect(await again.next()).toMatchObject({ params: [{ id: issued.id }] });
    await again.call("command.result", { id: issued.id, ok: true });
    await again.close();
    const third = await RawWebSocket.open(gateway.urlOf(id, token));
    await third.call("event.report", { name: "here", data: null });
    expect(third.unread).toEqual([]);
  });

  it("of another device can neither be answered nor seen", async () => {
    const { raw } = await connect();
    const other = await connect();
    const issued = await gateway.issue(other.id, "blink");
    await other.raw.next();
    expect(await raw.call("command.result", { id: issued.id, ok: true })).toMatchObject({
      error: { code: -32004, data: { code: "command-unknown" } },
    });
    expect(raw.unread).toEqual([]);
    expect((await gateway.events(other.id, "command")).map(({ type }) => type)).toEqual([
      "CommandIssued",
      "CommandDelivered",
    ]);
  });
});

describe("the session", () => {
  it("is recorded with its protocol, its address and the reason of its end", async () => {
    const { id, raw } = await connect();
    await raw.call("event.report", { name: "here", data: null });
    await raw.close(1000);
    const [opened, closed] = await eventually(async () => {
      const events = await gateway.events(id, "session");
      expect(events).toHaveLength(2);
      return events;
    });
    expect(opened).toMatchObject({
      type: "SessionOpened",
      data: {
        protocol: "websocket",
        version: "JSON-RPC",
        address: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
        keepAliveSeconds: 30,
      },
    });
    expect(closed).toMatchObject({ type: "SessionClosed", data: { epoch: opened?.seq, reason: "device-closed" } });
  });

  it.each([
    ["lost", (raw: RawWebSocket) => raw.websocket.terminate()],
    ["device-closed", (raw: RawWebSocket) => raw.websocket.close()],
    ["device-closed", (raw: RawWebSocket) => raw.websocket.close(4_000, "mine")],
    // An unmasked frame, which clients must not send (RFC 6455, 5.1).
    ["protocol-error", (raw: RawWebSocket) => rawSocketOf(raw).write(Buffer.from([0x81, 0x02, 0x68, 0x69]))],
  ])("ends as %s", async (reason, end) => {
    const { id, raw } = await connect();
    await raw.call("event.report", { name: "here", data: null });
    end(raw);
    await raw.closed;
    await eventually(async () => {
      expect((await gateway.events(id, "session")).at(-1)).toMatchObject({ type: "SessionClosed", data: { reason } });
    });
  });

  it("is replaced by the device's next connection, and closed with 1000, so that clients do not reconnect", async () => {
    const { id, token, raw } = await connect();
    await raw.call("event.report", { name: "here", data: null });
    const newer = await RawWebSocket.open(gateway.urlOf(id, token));
    expect(await raw.closed).toEqual({ code: 1000, reason: "superseded by a newer connection of this device" });
    expect(await newer.call("event.report", { name: "here", data: null })).toEqual(answered);
    expect((await gateway.events(id, "session")).map(({ type }) => type)).toEqual(["SessionOpened", "SessionOpened"]);
  });

  it("stores a report that was sent just before the close", async () => {
    const { id, raw } = await connect();
    for (let n = 0; n < 300; n++)
      raw.send({ jsonrpc: "2.0", method: "event.report", params: { name: "bye", data: n } });
    await raw.close();
    await eventually(async () => expect(await gateway.events(id, "event")).toHaveLength(300));
  });

  it("ends with 1000 when the device is retired, and can't be opened again", async () => {
    const { id, token, raw } = await connect();
    await raw.call("event.report", { name: "here", data: null });
    await retireDevice(gateway.fleet, TESTER, id);
    expect(await raw.closed).toEqual({ code: 1000, reason: "the device was retired" });
    await expect(RawWebSocket.open(gateway.urlOf(id, token))).rejects.toThrow("HTTP 401");
  });

  it("ends with 1013 and a retry-after when the node was cut off", async () => {
    await using node = await startWebSocketEndpoint();
    const raw = await RawWebSocket.open(node.urlOf("d1", await node.register("d1")));
    await raw.call("event.report", { name: "here", data: null });
    node.sessions.endAll("log-unavailable", "this node was cut off");
    expect(await raw.closed).toEqual({
      code: 1013,
      reason: expect.stringMatching(/^this node was cut off; retry after \d+ s$/),
    });
  });

  it("ends with 1008 when the token is replaced", async () => {
    const { id, token, raw } = await connect();
    await raw.call("event.report", { name: "here", data: null });
    const { token: newer } = await rotateToken(gateway.fleet, TESTER, id);
    expect(await raw.closed).toEqual({ code: 1008, reason: "its token was replaced" });
    await expect(RawWebSocket.open(gateway.urlOf(id, token))).rejects.toThrow("HTTP 401");
    expect(
      await (await RawWebSocket.open(gateway.urlOf(id, newer))).call("event.report", { name: "a", data: null }),
    ).toEqual(answered);
  });
});

function rawSocketOf(raw: RawWebSocket) {
  return (raw.websocket as unknown as { _socket: { write(bytes: Buffer): void } })._socket;
}
