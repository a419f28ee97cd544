import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { DeviceReports } from "../../sessions/index.ts";
import type { MqttMessage } from "../mqtt-dialect.ts";
import { requestIdOf } from "./call.ts";
import { TpedmConversation } from "./conversation.ts";

const NOW = Date.parse("2026-03-01T12:00:00Z");
const URL = "https://vendor.example/package_1.5.0.yaml";
const params = { url: URL, package: "firmware", version: "1.5.0", requestedAt: new Date(NOW).toISOString() };

let conversation: TpedmConversation;
let sent: MqttMessage[];
let reported: DeviceReports[];
let offered: number;
beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
  reported = [];
  connect();
  vi.setSystemTime(NOW);
});
afterEach(() => {
  conversation.ended();
  vi.useRealTimers();
});

/** A connection whose device takes requests, and has given its profile. */
function connect(): TpedmConversation {
  sent = [];
  conversation = new TpedmConversation("gw-1", {
    clock: () => Date.now(),
    publish: async (message) => Boolean(sent.push(message)),
    report: async (reports) => reported.push(reports),
    countBytes: () => {},
    downloadOf: () => Promise.reject(new Error("no artifacts")),
    offerCommands: () => {
      offered++;
    },
    subscribe: () => true,
  });
  conversation.listening();
  vi.advanceTimersByTime(2_000);
  question().answer({ data: { hostName: "Moxa" } });
  sent = [];
  offered = 0;
  return conversation;
}

const command = (id = "c1", deliveries = 0, given: unknown = params) =>
  conversation.command(
    { id, name: "update", params: given, deadline: new Date(NOW + 7_200_000).toISOString() },
    deliveries,
  );
const requestIn = (message: MqttMessage | undefined) =>
  JSON.parse(String(message?.payload)) as { method: string; path: string; headers: object[]; requestBody: unknown };
const answer = (id: number, payload: unknown, state = 200) =>
  conversation.answered(Buffer.from(JSON.stringify({ "request-id": id, state, payload })));
/** The newest question about the job. */
function question() {
  const request = requestIn(sent.at(-1));
  const id = Number(Object.assign({}, ...request.headers)["request-id"]);
  return {
    asked: `${request.method} ${request.path}`,
    answer: (payload: unknown, state = 200) => answer(id, payload, state),
  };
}
const job = (state: string, [download, install] = [0, 0], more: object = {}) => ({
  id: 7,
  state,
  createdAt: new Date(NOW).toISOString(),
  parameter: { url: URL },
  tasks: [
    { type: "download", name: "a.deb", progress: download, state: download === 100 ? "succeed" : "running" },
    { type: "install", name: "a.deb", progress: install, state: install === 100 ? "succeed" : "created" },
  ],
  ...more,
});
const progress = (percent: number, step: string) => ({
  kind: "command-progress",
  progress: { id: "c1", percent, step },
});
const error = (code: string | number) => ({ kind: "command-result", result: { id: "c1", ok: false, error: { code } } });

describe("an update", () => {
  it("creates a job, follows it to its end, and asks for the profile again", () => {
    const request = requestIn(command());
    expect(request).toMatchObject({
      ...{ method: "POST", path: "/upgrades" },
      requestBody: { url: URL, download: true, install: true, deleteFileAfterInstallComplete: true },
    });
    expect(answer(requestIdOf("c1"), { data: job("created") })).toMatchObject(progress(0, "download"));
    vi.advanceTimersByTime(3_000);
    expect(question().asked).toBe("GET /upgrades/7");
    expect(question().answer({ data: job("running", [50, 0]) })).toMatchObject(progress(25, "download"));
    expect(question().answer({ data: job("running", [50, 0]) })).toEqual([]);
    expect(question().answer({ data: job("running", [100, 40]) })).toMatchObject(progress(70, "install"));
    expect(question().answer("starting up", 503)).toEqual([]);
    expect(question().answer({ data: job("succeed", [100, 100]) })).toEqual({
      kind: "command-result",
      result: { id: "c1", ok: true, result: { job: 7, state: "succeed" } },
    });
    conversation.forget("c1");
    vi.advanceTimersByTime(2_000);
    expect(question().asked).toBe("GET /device/general");
  });

  it.each<[string, unknown, number, string | number]>([
    ["failed", { data: job("failed", [100, 0], { errorMessage: "no space" }) }, 200, "update-failed"],
    ["cancelled on the device", { data: job("canceled") }, 200, "update-canceled"],
    ["deleted on the device", { error: { code: 404 } }, 404, "update-lost"],
  ])("ends with an error if the job is %s", (_, payload, state, code) => {
    command();
    answer(requestIdOf("c1"), { data: job("created") });
    vi.advanceTimersByTime(3_000);
    expect(question().answer(payload, state)).toMatchObject(error(code));
  });

  it("ends with the device's own error, and with an error of the gateway if the answer names no job", () => {
    command();
    const refused = { error: { code: "badFile", message: "unsupported file format" } };
    expect(answer(requestIdOf("c1"), refused, 400)).toMatchObject(error("badFile"));
    connect();
    command();
    expect(answer(requestIdOf("c1"), { data: {} })).toMatchObject(error("update-unclear"));
  });

  it("is sent once; its job is found again on a later connection", () => {
    expect(command("c1", 1)).toBeUndefined();
    vi.advanceTimersByTime(3_000);
    expect(question().asked).toBe("GET /upgrades");
    expect(question().answer("starting up", 502)).toEqual([]);
    const earlier = job("succeed", [100, 100], { id: 3, createdAt: new Date(NOW - 86_400_000).toISOString() });
    const other = job("running", [0, 0], { id: 9, parameter: { url: `${URL}.other` } });
    expect(question().answer({ data: [earlier, other, job("running", [50, 0])] })).toMatchObject(
      progress(25, "download"),
    );
    vi.advanceTimersByTime(30_000);
    expect(question().asked).toBe("GET /upgrades/7");
    expect(question().answer({ data: job("succeed", [100, 100]) })).toMatchObject({ result: { ok: true } });
  });

  it("does not mistake an earlier job of the same package for its own", () => {
    command("c1", 1);
    vi.advanceTimersByTime(3_000);
    const earlier = job("succeed", [100, 100], { createdAt: new Date(NOW - 86_400_000).toISOString() });
    expect(question().answer({ data: [earlier] })).toMatchObject(error("update-lost"));
  });

  it("waits until another update has ended", async () => {
    command("c1");
    expect(command("c2")).toBeUndefined();
    conversation.forget("c1");
    await vi.advanceTimersByTimeAsync(1);
    expect(offered).toBe(1);
    expect(requestIn(command("c2")).path).toBe("/upgrades");
  });

  it("is cancelled on the device; the device's answer completes no command", () => {
    command();
    answer(requestIdOf("c1"), { data: job("created") });
    conversation.forget("c1");
    const request = requestIn(conversation.cancelled({ id: "c1", reason: "cancelled" }));
    expect(`${request.method} ${request.path}`).toBe("PUT /upgrades/7/cancel");
    expect(answer(Number(Object.assign({}, ...request.headers)["request-id"]), { data: job("canceled") })).toEqual([]);
    expect(conversation.cancelled({ id: "c2", reason: "cancelled" })).toBeUndefined();
  });

  it("reports once that its job has not started, and stops polling at the command's deadline", () => {
    command();
    expect(answer(requestIdOf("c1"), { data: job("created") })).toMatchObject(progress(0, "download"));
    for (let times = 0; times < 5; times++) {
      vi.advanceTimersByTime(600_000);
      expect(question().asked).toBe("GET /upgrades/7");
      expect(question().answer({ data: job("created") })).toEqual([]);
    }
    conversation.forget("c1");
    const { length } = sent;
    vi.advanceTimersByTime(3_600_000);
    expect(sent).toHaveLength(length);
    expect(requestIn(command("c2", 0))).toMatchObject({ method: "POST", path: "/upgrades" });
  });

  it("stops polling when the connection ends", () => {
    command();
    answer(requestIdOf("c1"), { data: job("created") });
    conversation.ended();
    vi.advanceTimersByTime(3_600_000);
    expect(sent).toEqual([]);
  });

  it.each([[null], [{}], [{ url: "file:///etc/passwd" }], [{ url: "https://a b" }], [{ url: URL, more: 1 }]])(
    "is refused with the parameters %j",
    async (given) => {
      expect(command("c1", 0, given)).toBeUndefined();
      await vi.advanceTimersByTimeAsync(1);
      expect(reported).toMatchObject([error("invalid-params")]);
    },
  );
});
