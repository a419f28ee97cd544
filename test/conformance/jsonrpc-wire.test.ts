import type { IncomingMessage } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { RawWebSocket } from "../support/raw-websocket.ts";
import { startWebSocketEndpoint, type WebSocketEndpoint } from "../support/websocket-endpoint.ts";

let gateway: WebSocketEndpoint;
let names = 0;
let id = "";
let raw: RawWebSocket;
beforeAll(async () => {
  gateway = await startWebSocketEndpoint();
  id = `device-${++names}`;
  raw = await RawWebSocket.open(gateway.urlOf(id, await gateway.register(id)));
});
afterAll(() => gateway[Symbol.asyncDispose]());

async function exchange(...messages: unknown[]): Promise<unknown[]> {
  for (const message of messages) raw.send(message);
  const received: unknown[] = [];
  // The first call waits for an append, the second for a read of the log. Their answers come after all earlier ones.
  const last = [call({ id: "appended" }), call({ method: "command.result", params: NO_COMMAND, id: "read" })];
  for (const message of last) {
    raw.send(message);
    for (let answer = await raw.next(); idOf(answer) !== message.id; answer = await raw.next()) received.push(answer);
  }
  return received;
}

const idOf = (answer: unknown) => (answer as { id?: unknown }).id;
const NO_COMMAND = { id: "0".repeat(64), ok: true };
const report = { name: "tick", data: null };
const call = <T extends object>(more: T) => ({ jsonrpc: "2.0", method: "event.report", params: report, ...more });
const done = (callId: unknown) => ({ jsonrpc: "2.0", result: { seq: expect.any(Number) }, id: callId });
const fault = (code: number, data: object, callId: unknown) => ({
  jsonrpc: "2.0",
  error: { code, message: expect.any(String), data: expect.objectContaining(data) },
  id: callId,
});

describe("ids", () => {
  it.each([[0], [-1], [1.5], [""], ["0"], ["a\nb\u2028"], [null], [Number.MAX_SAFE_INTEGER]])(
    "%j is an ordinary id",
    async (value) => {
      expect(await exchange(call({ id: value }))).toEqual([done(value)]);
    },
  );

  it.each([[true], [{}], [[1]]])("%j is an invalid id, and the answer has id null", async (value) => {
    expect(await exchange(call({ id: value }))).toEqual([
      fault(-32600, { code: "invalid-request", field: "id" }, null),
    ]);
  });

  it("may be used for two calls", async () => {
    expect(await exchange(call({ id: 5 }), call({ id: 5 }))).toEqual([done(5), done(5)]);
  });

  it("a call without an id is a notification: executed, but never answered, not even with an error", async () => {
    const reported = async () =>
      (await gateway.events(id, "event")).filter(({ type }) => type === "DeviceEventReported").length;
    const before = await reported();
    expect(await exchange(call({}), call({ method: "nonsense" }), call({ params: { name: 5 } }))).toEqual([]);
    expect(await reported()).toBe(before + 2);
    // The gateway logs errors of notifications; the device gets no answer.
    expect(gateway.logged).toContainEqual(
      expect.objectContaining({ device: id, method: "nonsense", code: "not-found" }),
    );
    expect((await gateway.events(id, "event")).map(({ type }) => type)).toContain("ReportsRefused");
  });
});

describe("a number that would be stored as a different number", () => {
  const text = (data: string, callId = "1") =>
    `{"jsonrpc":"2.0","method":"event.report","params":{"name":"n","data":${data}},"id":${callId}}`;

  it.each([
    ["1e400", "data"],
    ['{"a":[0,9007199254740993]}', "data.a[1]"],
    ["840380235174088834", "data"],
  ])("%s is refused, and the error names its field", async (data, field) => {
    expect(await exchange(text(data))).toEqual([fault(-32602, { code: "invalid-request", field }, 1)]);
  });

  it("is refused as an id, and in a batch", async () => {
    expect(await exchange(text("1", "9007199254740993"))).toEqual([fault(-32600, { field: "id" }, null)]);
    expect(await exchange(`[${text("1")},${text("1e400", "2")}]`)).toEqual([
      fault(-32600, { field: "[1].params.data" }, null),
    ]);
  });

  it("does not include -0, 1e308, 2^53 and fractions with many digits, which are accepted", async () => {
    expect(await exchange(text("[-0,1e308,9007199254740992,0.1234567890123456789]", "9007199254740991"))).toEqual([
      done(9007199254740991),
    ]);
  });
});

describe("errors", () => {
  it.each([["{"], [""], ["nonsense"], ['{"jsonrpc":"2.0",}'], ["\ufeff{}"], ["[1,2"], ["{'a':1}"]])(
    "%j is no JSON and is answered with a parse error",
    async (text) => {
      expect(await exchange(text)).toEqual([fault(-32700, { code: "invalid-request" }, null)]);
    },
  );

  it("a binary message that is not JSON in UTF-8 is a parse error", async () => {
    expect(await exchange(Buffer.from(JSON.stringify(call({ id: 1 }))))).toEqual([done(1)]);
    expect(await exchange(Buffer.from([0x22, 0xc3, 0x28, 0x22]))).toEqual([
      fault(-32700, { code: "invalid-request" }, null),
    ]);
  });

  it.each([["5"], ['"text"'], ["null"], ["true"]])("%s is an invalid request", async (text) => {
    expect(await exchange(text)).toEqual([fault(-32600, { code: "invalid-request" }, null)]);
  });

  it.each([
    ["without jsonrpc", { method: "event.report", id: 1 }, "jsonrpc"],
    ["of JSON-RPC 1", { jsonrpc: "1.0", method: "event.report", id: 1 }, "jsonrpc"],
    ["with jsonrpc as a number", { jsonrpc: 2.0, method: "event.report", id: 1 }, "jsonrpc"],
    ["without a method", { jsonrpc: "2.0", id: 1 }, "method"],
    ["with a number as method", { jsonrpc: "2.0", method: 1, id: 1 }, "method"],
    ["with text as params", { jsonrpc: "2.0", method: "event.report", params: "x", id: 1 }, "params"],
    ["with a number as params", { jsonrpc: "2.0", method: "event.report", params: 0, id: 1 }, "params"],
    ["that is an answer", { jsonrpc: "2.0", result: true, id: 1 }, "method"],
  ])("a call %s is an invalid request with a reason", async (_, message, field) => {
    expect(await exchange(message)).toEqual([fault(-32600, { code: "invalid-request", field }, 1)]);
  });

  it.each([["nonsense"], [""], ["constructor"], ["__proto__"], ["toString"], ["rpc.login2"], ["TELEMETRY.REPORT"]])(
    "method %j is not found",
    async (method) => {
      expect(await exchange(call({ method, id: 1 }))).toEqual([
        fault(-32601, { code: "not-found", field: "method" }, 1),
      ]);
    },
  );

  it.each([
    ["telemetry.report", undefined, "params"],
    ["telemetry.report", {}, "data"],
    ["telemetry.report", { data: 5 }, "data"],
    ["telemetry.report", { data: [1] }, "data"],
    ["telemetry.report", [], "params"],
    ["telemetry.report", [5], "params[0]"],
    ["telemetry.report", [{ data: {} }, { data: {}, seq: -1 }], "params[1].seq"],
    ["telemetry.report", [{ data: {}, at: "yesterday" }], "params[0].at"],
    ["telemetry.report", { data: {}, at: "yesterday" }, "at"],
    ["telemetry.report", { data: {}, seq: 1 }, "boot"],
    ["telemetry.report", { data: {}, boot: "b" }, "seq"],
    ["telemetry.report", Array.from({ length: 1_001 }, () => ({ data: {} })), "params"],
    ["event.report", undefined, "params"],
    ["event.report", {}, "name"],
    ["event.report", { name: "tick" }, "data"],
    ["event.report", { name: "a b", data: null }, "name"],
    ["event.report", { name: "a/b", data: null }, "name"],
    ["event.report", [report, report], "params"],
    ["event.report", [[report]], "params"],
    ["profile.report", undefined, "params"],
    ["profile.report", ["text"], "params"],
    ["command.result", { ok: true }, "id"],
    ["command.result", { id: "c" }, "ok"],
    ["command.result", { id: "c", ok: "yes" }, "ok"],
    ["command.result", { id: "c", ok: false }, "error"],
    ["command.result", { id: "c", ok: false, error: { code: 1 } }, "error.message"],
    ["command.result", { id: "", ok: true }, "id"],
    ["rpc.on", undefined, "params"],
    ["rpc.on", {}, "params"],
    ["rpc.on", [], "params"],
    ["rpc.on", ["a", 5], "params[1]"],
    ["rpc.on", [["a"]], "params[0]"],
    ["rpc.off", { length: 1 }, "params"],
    ["rpc.login", {}, "device"],
    ["rpc.login", ["a"], "token"],
    ["rpc.login", { device: "a" }, "token"],
  ])("%s with %j is refused, and the error names the field", async (method, params, field) => {
    const [answer] = await exchange({ jsonrpc: "2.0", method, ...(params !== undefined && { params }), id: 1 });
    expect(answer).toEqual(fault(-32602, { field }, 1));
  });

  it.each([["c.*"], [">"], ["a b"], ["0".repeat(64)]])("command %j is unknown", async (command) => {
    const params = { id: command, ok: true };
    raw.send(call({ method: "command.result", params, id: 1 }));
    // The gateway searches the log for the command, which may take longer than an append.
    expect(await raw.next()).toEqual(fault(-32004, { code: "command-unknown" }, 1));
  });

  it("a message that is nested too deeply is refused, without exhausting the stack", async () => {
    const deep = (levels: number, open: string, close: string) => `${open.repeat(levels)}1${close.repeat(levels)}`;
    const text = (value: string) =>
      `{"jsonrpc":"2.0","method":"event.report","params":{"name":"deep","data":${value}},"id":1}`;
    for (const [open, close] of [
      ["[", "]"],
      ['{"a":', "}"],
    ] as const) {
      expect(await exchange(text(deep(256, open, close)))).toEqual([done(1)]);
      for (const levels of [257, 1_000, 30_000]) {
        expect(await exchange(text(deep(levels, open, close)))).toEqual([fault(-32602, { field: "data" }, 1)]);
      }
    }
    expect(await exchange(`${"[".repeat(100_000)}${"]".repeat(100_000)}`)).toEqual([[fault(-32600, {}, null)]]);
    expect(await exchange(`{"jsonrpc":"2.0","method":"event.report","id":${deep(50_000, "[", "]")}}`)).toEqual([
      fault(-32600, { field: "id" }, null),
    ]);
  });

  it("a key `__proto__` is ordinary data", async () => {
    const text =
      '{"jsonrpc":"2.0","method":"event.report","params":{"name":"p","data":{"__proto__":{"polluted":1}},"__proto__":{"name":"x"}},"id":1}';
    expect(await exchange(text)).toEqual([done(1)]);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    const events = await gateway.events(id, "event");
    const kept = events.findLast(({ data }) => (data as { name: string }).name === "p");
    expect(JSON.stringify(kept?.data)).toContain('"__proto__":{"polluted":1}');
  });

  it("text that is not UTF-8 closes the connection with 1007, and a message that is too large with 1009, with a reason", async () => {
    for (const [bytes, code, binary, reason] of [
      [Buffer.from([0x22, 0xff, 0x22]), 1007, false, "a text is not UTF-8"],
      [Buffer.alloc(262_145, 0x20), 1009, true, "a message is larger than 262144 bytes"],
    ] as const) {
      const name = `device-${++names}`;
      const other = await RawWebSocket.open(gateway.urlOf(name, await gateway.register(name)));
      other.websocket.send(bytes, { binary });
      expect(await other.closed).toEqual({ code, reason });
    }
    expect(await exchange(call({ id: 1 }))).toEqual([done(1)]);
  });
});

describe("stock clients' habits", () => {
  it("null as params, which rpc-websockets 5 sends, is a call without parameters", async () => {
    expect(await exchange({ jsonrpc: "2.0", method: "__listMethods", params: null, id: 1 })).toEqual([
      { jsonrpc: "2.0", result: expect.arrayContaining(["telemetry.report"]), id: 1 },
    ]);
    expect(await exchange(call({ params: null, id: 2 }))).toEqual([fault(-32602, { field: "params" }, 2)]);
  });

  it("no subprotocol is selected, whatever the client offers (RFC 6455, 4.2.2)", async () => {
    const client = new WebSocket(`${gateway.url}/device`, ["chat", "superchat"]);
    // ws fails the connection when the server selects none of the offered subprotocols.
    client.on("error", () => {});
    const answer = await new Promise<IncomingMessage>((resolve) => client.once("upgrade", resolve));
    client.terminate();
    expect([answer.statusCode, answer.headers["sec-websocket-protocol"]]).toEqual([101, undefined]);
  });
});

describe("batches", () => {
  it("are answered as one array, with nothing for notifications", async () => {
    const [answers] = await exchange([call({ id: 1 }), call({}), call({ id: "two" }), 5, call({ method: "x", id: 3 })]);
    expect(answers).toEqual([done(1), done("two"), fault(-32600, {}, null), fault(-32601, {}, 3)]);
  });

  it("of only notifications are not answered", async () => {
    expect(await exchange([call({}), call({ method: "nonsense" })])).toEqual([]);
  });

  it("are appended in order with the messages before and after them", async () => {
    const tick = (data: number) => call({ params: { name: "order", data } });
    await exchange(tick(1), [tick(2), tick(3)], tick(4), [tick(5)]);
    const events = (await gateway.events(id, "event")).map(({ data }) => data as { name: string; data: number });
    expect(events.filter(({ name }) => name === "order").map(({ data }) => data)).toEqual([1, 2, 3, 4, 5]);
  });

  it("hold 1 to 100 calls", async () => {
    const batch = (length: number) => Array.from({ length }, (_, index) => call({ id: index }));
    expect(await exchange([])).toEqual([fault(-32600, {}, null)]);
    const [all] = await exchange(batch(100));
    expect(all).toHaveLength(100);
    expect(await exchange(batch(101))).toEqual([fault(-32600, {}, null)]);
  });
});

describe("subscriptions", () => {
  it("are answered as by rpc-websockets' own server", async () => {
    const call = async (method: string, params: unknown) => {
      const [answer] = await exchange({ jsonrpc: "2.0", method, params, id: 1 });
      return (answer as { result: unknown }).result;
    };
    expect(await call("rpc.on", ["reboot", "blink"])).toEqual({ reboot: "ok", blink: "ok" });
    expect(await call("rpc.on", ["reboot"])).toEqual({ reboot: "socket has already been subscribed to event" });
    expect(await call("rpc.on", ["a b", ""])).toEqual({
      "a b": "provided event invalid",
      "": "provided event invalid",
    });
    expect(await call("rpc.off", ["reboot", "other", "a b"])).toEqual({
      reboot: "ok",
      other: "not subscribed",
      "a b": "provided event invalid",
    });
    expect(await call("rpc.off", ["blink"])).toEqual({ blink: "ok" });
    expect(await call("rpc.on", ["__proto__", "constructor"])).toEqual(
      JSON.parse('{"__proto__":"ok","constructor":"ok"}'),
    );
    expect(await call("rpc.off", ["__proto__", "constructor"])).toEqual(
      JSON.parse('{"__proto__":"ok","constructor":"ok"}'),
    );
  });

  it("are limited to 64", async () => {
    const events = (from: number, count: number) => Array.from({ length: count }, (_, index) => `e${from + index}`);
    const call = (method: string, params: unknown) => exchange({ jsonrpc: "2.0", method, params, id: 1 });
    expect(await call("rpc.on", events(0, 65))).toEqual([fault(-32602, { field: "params" }, 1)]);
    await call("rpc.on", events(0, 64));
    expect(await call("rpc.on", ["one-more"])).toEqual([
      { jsonrpc: "2.0", result: { "one-more": "more than 64 events" }, id: 1 },
    ]);
    await call("rpc.off", events(0, 64));
  });

  it("__listMethods lists only the methods that every device has", async () => {
    const [answer] = await exchange({ jsonrpc: "2.0", method: "__listMethods", id: 1 });
    expect((answer as { result: string[] }).result.toSorted()).toEqual([
      "certificate.renew",
      "command.progress",
      "command.result",
      "configuration.reported",
      "event.report",
      "profile.report",
      "rpc.login",
      "rpc.off",
      "rpc.on",
      "telemetry.report",
    ]);
  });
});
