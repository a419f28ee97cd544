import { FleetError } from "@fleetlog/domain";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { DeviceReport, DeviceReports } from "../../sessions/index.ts";
import { Dialects } from "../dialects.ts";
import type { MqttConversation, MqttMessage } from "../mqtt-dialect.ts";
import { requestIdOf } from "./call.ts";
import { tpedm } from "./index.ts";

const device = {
  device: "gw-1",
  dialect: "tpedm",
  login: "gw-1",
  credential: { by: "names", clientId: "gw 1", userName: "u", password: "p" },
} as const;
const dialect = new Dialects([tpedm]).mqttOf(device);
const NOW = Date.parse("2026-03-01T12:00:00Z");
const INPUT = "/tpedm/gw 1/input";
const OUTPUT = "/tpedm/gw 1/output";

let conversation: MqttConversation;
let sent: MqttMessage[];
let reported: DeviceReports[];
let offered: number;
let fails: boolean;

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
  sent = [];
  reported = [];
  offered = 0;
  fails = false;
  conversation = settled();
  vi.setSystemTime(NOW);
});
afterEach(() => {
  conversation.ended?.();
  vi.useRealTimers();
});

function connect(): MqttConversation {
  return dialect.converse(device, {
    clock: () => Date.now(),
    publish: (message) => {
      sent.push(message);
      return Promise.resolve(true);
    },
    report: async (reports) => {
      if (fails) throw new FleetError("log-unavailable", "the log is away");
      return reported.push(reports);
    },
    offerCommands() {
      offered++;
    },
    subscribe: () => true,
    countBytes() {},
    downloadOf: () => Promise.reject(new Error("no artifacts")),
  });
}

/** A connection whose device takes requests, and has given its profile. */
function settled(): MqttConversation {
  conversation = connect();
  conversation.listening?.();
  vi.advanceTimersByTime(2_000);
  read({ "request-id": idIn(sent.at(-1)), state: 200, payload: { data: { hostName: "Moxa" } } });
  sent = [];
  return conversation;
}

function command(params: unknown, { id = "c1", name = "rest", seconds = 60, deliveries = 0 } = {}) {
  const deadline = new Date(NOW + seconds * 1_000).toISOString();
  return conversation.command({ id, name, params, deadline }, deliveries);
}

function read(payload: unknown, topic = OUTPUT): DeviceReports {
  const definition = dialect.publishTopics.find(topic, conversation.names);
  if (definition === undefined) throw new Error(`no device publishes on ${topic}`);
  const text = typeof payload === "string" ? payload : JSON.stringify(payload);
  return definition.read(Buffer.from(text), topic, conversation);
}

function idIn(message: MqttMessage | undefined): number {
  const { headers } = JSON.parse(String(message?.payload)) as { headers: Record<string, string>[] };
  return Number(headers.find((header) => "request-id" in header)?.["request-id"]);
}

const refusal = (act: () => unknown) => {
  try {
    act();
  } catch (error) {
    if (error instanceof FleetError) return { code: error.code, field: error.field };
    throw error;
  }
  throw new Error("it was not refused");
};

describe("a request", () => {
  it("has path, method, expiry in UTC, id and body", () => {
    const message = command({
      method: "put",
      path: "/system/sshserver",
      body: { enable: true },
      headers: { "x-a": "1" },
    });
    expect(message?.topic).toBe(INPUT);
    expect(JSON.parse(String(message?.payload))).toEqual({
      path: "/system/sshserver",
      method: "PUT",
      headers: [
        { "request-expired-time": "2026-03-01 12:01:00" },
        { "request-id": String(requestIdOf("c1")) },
        { "x-a": "1" },
      ],
      requestBody: { enable: true },
    });
  });

  it("omits /api/v1, has null if there is no body, and keeps milliseconds of its expiry", () => {
    const text = String(command({ method: "GET", path: "/api/v1/device/general" }, { seconds: 0.25 })?.payload);
    expect(JSON.parse(text)).toMatchObject({ path: "/device/general", requestBody: null });
    expect(text).toContain('"2026-03-01 12:00:00.250"');
  });

  it("is sent again with the same id after a reconnection only if it changes nothing", () => {
    const id = idIn(command({ method: "GET", path: "/apps" }));
    conversation = settled();
    expect(idIn(command({ method: "GET", path: "/apps" }, { deliveries: 1 }))).toBe(id);
    expect(command({ method: "PUT", path: "/system/reboot" }, { id: "c2", deliveries: 1 })).toBeUndefined();
    expect(read({ "request-id": requestIdOf("c2"), state: 200 })).toMatchObject({ result: { id: "c2", ok: true } });
  });

  it("waits two seconds after the subscription, because a lost request might not be sent again", () => {
    const params = { method: "PUT", path: "/system/reboot" };
    conversation = connect();
    expect(command(params)).toBeUndefined();
    conversation.listening?.();
    vi.advanceTimersByTime(1_999);
    expect([command(params), offered]).toEqual([undefined, 1]);
    vi.advanceTimersByTime(1);
    expect(offered).toBe(2);
    expect(command(params)?.topic).toBe(INPUT);
  });

  it("is completed by an answer that the device repeats on a new connection before the command is offered again", async () => {
    const body = { "request-id": requestIdOf("c1"), state: 200, payload: {} };
    expect(refusal(() => read(body))).toMatchObject({ code: "command-unknown" });
    expect(command({ method: "PUT", path: "/system/reboot" }, { deliveries: 1 })).toBeUndefined();
    await vi.advanceTimersByTimeAsync(100);
    expect(reported).toMatchObject([
      { kind: "command-result", result: { id: "c1", ok: true, result: { state: 200 } } },
    ]);
  });

  it.each([
    ["reboot", {}, "command-unsupported"],
    ["rest", null, "invalid-params"],
    ["rest", { method: "GET" }, "invalid-params"],
    ["rest", { method: "BREW", path: "/pot" }, "invalid-params"],
    ["rest", { method: "GET", path: "apps" }, "invalid-params"],
    ["rest", { method: "GET", path: "/a", headers: { "Request-Id": "7" } }, "invalid-params"],
  ])("can't be made of %s %j: the command fails, also after an outage of the log", async (name, params, code) => {
    fails = true;
    expect(command(params, { name })).toBeUndefined();
    await vi.advanceTimersByTimeAsync(100);
    fails = false;
    expect(command(params, { name })).toBeUndefined();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(reported).toMatchObject([{ kind: "command-result", result: { id: "c1", ok: false, error: { code } } }]);
  });
});

describe("an answer", () => {
  const data = { enable: true };

  it.each([
    ["an object, and its id a text", String, { data }],
    ["a text, and its id a number", Number, JSON.stringify({ data })],
  ])("may have a payload that is %s", (_what, typed, payload) => {
    const id = idIn(command({ method: "GET", path: "/x" }));
    expect(read({ "request-id": typed(id), state: 200, payload })).toEqual({
      kind: "command-result",
      result: { id: "c1", ok: true, result: { state: 200, payload: { data } } },
    });
  });

  it.each([
    [{ error: { code: "not_found", message: "no such path" } }, "not_found", "no such path"],
    [JSON.stringify({ error: { code: 1001, message: "no such path" } }), 1001, "no such path"],
    [{ error: "gone" }, 404, "gone"],
    ["<html>", 404, "the device answered with state 404"],
    [null, 404, "the device answered with state 404"],
    [undefined, 404, "the device answered with state 404"],
  ])("that reports the failure %j fails the command", (payload, code, message) => {
    const id = idIn(command({ method: "GET", path: "/x" }));
    expect(read({ "request-id": id, state: 404, payload })).toMatchObject({
      result: { id: "c1", ok: false, error: { code, message, data: { state: 404 } } },
    });
  });

  it("keeps all digits of a number", () => {
    const id = idIn(command({ method: "GET", path: "/x" }));
    const answer = `{"request-id":${id},"state":200,"payload":{"n":9007199254740993,"m":1}}`;
    expect(read(answer)).toMatchObject({ result: { result: { payload: { n: "9007199254740993", m: 1 } } } });
  });

  it("completes its command once; repetitions are ignored, also after the command has ended", () => {
    const id = idIn(command({ method: "GET", path: "/x" }));
    const answer = { "request-id": id, state: 200, payload: {} };
    read(answer);
    expect(read(answer)).toEqual([]);
    conversation.forget?.("c1");
    expect(read(answer)).toEqual([]);
  });

  it("is refused if no request is open, but completes its command when that is offered again", async () => {
    const answer = { "request-id": requestIdOf("c1"), state: 200, payload: { data } };
    expect(refusal(() => read(answer))).toEqual({ code: "command-unknown", field: "request-id" });
    expect(command({ method: "POST", path: "/x" }, { deliveries: 1 })).toBeUndefined();
    await vi.advanceTimersByTimeAsync(0);
    expect(reported).toMatchObject([{ result: { id: "c1", ok: true, result: { state: 200 } } }]);
    conversation.forget?.("c1");
    expect(read(answer)).toEqual([]);
  });

  it("completes the command with its id, in any order", () => {
    const ids = ["a", "b", "c"].map((id) => idIn(command({ method: "GET", path: `/${id}` }, { id })));
    expect(new Set(ids).size).toBe(3);
    for (const [index, id] of [...ids.entries()].reverse())
      expect(read({ "request-id": id, state: 200 })).toMatchObject({ result: { id: "abc"[index] } });
  });

  it("with the id -1 fails only the requests whose expiry has passed", () => {
    command({ method: "GET", path: "/a" }, { id: "a", seconds: 10 });
    command({ method: "GET", path: "/b" }, { id: "b", seconds: 20 });
    command({ method: "GET", path: "/c" }, { id: "c", seconds: 90 });
    const late = { "request-id": "-1", state: 400, payload: { error: { code: 1, message: "expired" } } };
    expect(refusal(() => read(late))).toEqual({ code: "invalid-request", field: "request-id" });
    vi.advanceTimersByTime(30_000);
    expect((read(late) as DeviceReport[]).map((report) => report.kind === "command-result" && report.result)).toEqual(
      ["a", "b"].map((id) => ({ id, ok: false, error: { code: "expired", message: expect.any(String) } })),
    );
    expect(refusal(() => read({ "request-id": -1 }))).toEqual({ code: "invalid-request", field: "request-id" });
  });

  it.each([
    ["no JSON", "payload"],
    ["[]", "payload"],
    ["null", "payload"],
    [`${"[".repeat(200)}${"]".repeat(200)}`, "payload"],
    ['{"state":200}', "request-id"],
    ['{"request-id":"x","state":200}', "request-id"],
    ['{"request-id":1.5,"state":200}', "request-id"],
    ['{"request-id":7}', "state"],
    ['{"request-id":7,"state":"ok"}', "state"],
    ['{"request-id":7,"state":20000}', "state"],
  ])("that is malformed is refused: %s", (text, field) => {
    expect(refusal(() => read(text))).toEqual({ code: "invalid-request", field });
  });

  it("is accepted only on the device's own topic", () => {
    for (const topic of ["/tpedm/gw 2/output", "/tpedm/gw 1/input", "tpedm/gw 1/output", "me/telemetry"])
      expect(dialect.publishTopics.find(topic, conversation.names)).toBeUndefined();
    for (const filter of ["/tpedm/+/input", "/tpedm/#", "#", "/tpedm/gw 2/input", "/tpedm/gw 1/output"])
      expect(dialect.subscribeTopics.find(filter, conversation.names)).toBeUndefined();
    expect(dialect.subscribeTopics.find(INPUT, conversation.names)).toBeDefined();
  });
});

describe("the profile", () => {
  const general = { modelName: "UC-8112A", serialNumber: "S1", hostName: "Moxa", thingsproVersion: "2.1.0" };

  beforeEach(() => {
    conversation = connect();
  });

  it("is requested two seconds after the subscription, and reported without missing fields", () => {
    conversation.listening?.();
    conversation.listening?.();
    expect(sent).toEqual([]);
    vi.advanceTimersByTime(2_000);
    expect(sent).toHaveLength(1);
    expect(JSON.parse(String(sent[0]?.payload))).toMatchObject({ path: "/device/general", method: "GET" });
    const answer = { "request-id": idIn(sent[0]), state: 200, payload: { data: { ...general, biosVersion: null } } };
    expect(read(answer)).toEqual({ kind: "profile", profile: { ...general, model: "UC-8112A", serial: "S1" } });
    expect(read(answer)).toEqual([]);
    vi.advanceTimersByTime(86_400_000);
    expect(sent).toHaveLength(1);
  });

  it("is requested again with growing pauses, until there is a valid answer or the device disconnects", () => {
    conversation.listening?.();
    vi.advanceTimersByTime(40_000);
    expect(sent).toHaveLength(2);
    for (const [state, payload] of [
      [500, {}],
      [200, { data: {} }],
      [200, "nothing"],
      [200, null],
    ] as const)
      expect(read({ "request-id": idIn(sent[0]), state, payload })).toEqual([]);
    vi.advanceTimersByTime(24 * 3_600_000);
    expect(sent.length).toBeGreaterThan(20);
    expect(sent.length).toBeLessThan(60);
    conversation.ended?.();
    const { length } = sent;
    vi.advanceTimersByTime(24 * 3_600_000);
    expect(sent).toHaveLength(length);
  });
});
