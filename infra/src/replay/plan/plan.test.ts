import type { RecordedEvent } from "@fleetlog/domain";
import { describe, expect, it } from "vitest";
import { Plan } from "./plan.ts";

let seq = 100;

function event(type: string, category: string, entity: string, data: object, more: object = {}): RecordedEvent {
  seq += 1;
  return {
    ...{ specversion: "1.0", id: `e${seq}`, source: "/test", type, subject: `fleet.${category}.${entity}` },
    ...{ time: "2026-01-31T03:00:00.000Z", data, seq, stream: category === "telemetry" ? "TELEMETRY" : "FLEET" },
    ...more,
  } as unknown as RecordedEvent;
}

const opened = (device: string, more: object = {}) =>
  event("SessionOpened", "session", device, {
    ...{ device, gateway: "g1", incarnation: "i1", protocol: "mqtt", version: "MQTT 3.1.1", ...more },
  });
const closed = (device: string, { id, seq: epoch }: RecordedEvent, reason: string) =>
  event("SessionClosed", "session", device, { device, session: id, epoch, reason });
const telemetry = (device: string, data: object, more: object = {}) =>
  event("TelemetryReported", "telemetry", device, data, more);
const row = (id: string, more: object = {}) => ({ id, tags: [], status: "disconnected", ...more }) as never;
const session = { epoch: 7, gateway: "g1", protocol: "websocket" };

const steps = (plan: Plan, events: readonly RecordedEvent[]) =>
  events.flatMap((one) => plan.take(one)).map(({ do: what, device }) => `${device} ${what}`);

function started(options: Partial<ConstructorParameters<typeof Plan>[0]> = {}): Plan {
  const plan = new Plan({ prefix: "", ...options });
  plan.begin([row("a", { status: "connected", session }), row("b")]);
  return plan;
}

describe("the beginning of a replay", () => {
  it("registers the fleet as it was, and connects the devices that were connected", () => {
    const plan = new Plan({ prefix: "r-" });
    const actions = plan.begin([
      row("a", { name: "A", tags: ["roof"], status: "connected", session: { ...session, protocol: "mqtt" } }),
      row("b"),
      row("c", { status: "retired" }),
      row("r-a"),
    ]);
    expect(actions).toEqual([
      { do: "register", device: "a", name: "A", tags: ["roof"] },
      { do: "connect", device: "a", protocol: "mqtt", mqttVersion: 5 },
      { do: "register", device: "b", name: undefined, tags: [] },
    ]);
    expect(plan.connected).toBe(1);
  });
});

describe("a replayed device", () => {
  it("connects and disconnects as its sessions did; a lost session is cut without a close", () => {
    const plan = started();
    const first = opened("b");
    expect(plan.take(first)).toEqual([{ do: "connect", device: "b", protocol: "mqtt", mqttVersion: 4 }]);
    expect(plan.take(closed("b", first, "lost"))).toEqual([{ do: "disconnect", device: "b", cut: true }]);
    const second = opened("b");
    plan.take(second);
    expect(plan.take(closed("b", second, "device-closed"))).toEqual([{ do: "disconnect", device: "b", cut: false }]);
  });

  it("stays connected when an older session ends after a newer one began", () => {
    const plan = started();
    const [first, second] = [opened("b"), opened("b")];
    expect(steps(plan, [first, second])).toEqual(["b connect", "b disconnect", "b connect"]);
    expect(steps(plan, [closed("b", first, "superseded")])).toEqual([]);
    expect(plan.connected).toBe(2);
    expect(steps(plan, [closed("b", second, "timeout")])).toEqual(["b disconnect"]);
  });

  it("disconnects when its gateway's process ends, and not when another process does", () => {
    const plan = started();
    plan.take(opened("b", { incarnation: "i2" }));
    const lost = (gateway: string, incarnation: string) =>
      event("GatewayLost", "gateway", gateway, { gateway, incarnation, leaseTtlMs: 1 });
    expect(steps(plan, [lost("g2", "i1")])).toEqual([]);
    expect(plan.take(lost("g1", "i1"))).toEqual([{ do: "disconnect", device: "a", cut: true }]);
    expect(steps(plan, [lost("g1", "i1")])).toEqual([]);
    expect(steps(plan, [event("GatewayStopped", "gateway", "g1", { gateway: "g1", incarnation: "i2" })])).toEqual([
      "b disconnect",
    ]);
  });

  it("reports with the original boot, seq and time", () => {
    const plan = started();
    const own = telemetry("a", { data: { n: 1 }, boot: 3, seq: 9 }, { devicetime: "2026-01-31T02:00:00.000Z" });
    expect(plan.take(own)).toEqual([
      {
        ...{ do: "report", device: "a" },
        report: { kind: "telemetry", body: { data: { n: 1 }, at: "2026-01-31T02:00:00.000Z", boot: 3, seq: 9 } },
      },
    ]);
    const without = event("DeviceEventReported", "event", "a", { name: "opened" });
    const [action] = plan.take(without);
    const body = { name: "opened", data: null, at: without.time, boot: "replay-FLEET", seq: without.seq };
    expect(action).toMatchObject({ do: "report", report: { kind: "event", body } });
    expect(started().take(without)).toEqual([action]);
  });

  it("gets a short connection for a report after its session", () => {
    expect(steps(started(), [telemetry("b", { data: {} })])).toEqual(["b connect", "b report", "b disconnect"]);
  });

  it("is registered when its registration is replayed, or else before its first action", () => {
    const data = { device: "c", name: "C", tags: ["x"], by: "p" };
    const plan = started();
    expect(plan.take(event("DeviceRegistered", "device", "c", data))).toEqual([
      { do: "register", device: "c", name: "C", tags: ["x"] },
    ]);
    expect(steps(plan, [event("DeviceRegistered", "device", "c", data), opened("c"), opened("d")])).toEqual([
      ...["c connect", "d register", "d connect"],
    ]);
  });

  it("is renamed and tagged, and leaves when it is retired", () => {
    const plan = started();
    const of = (type: string, data: object) => plan.take(event(type, "device", "a", { device: "a", ...data }));
    expect(of("DeviceRenamed", { name: "N" })).toEqual([{ do: "rename", device: "a", name: "N" }]);
    expect(of("DeviceNameRemoved", {})).toEqual([{ do: "rename", device: "a", name: null }]);
    expect(of("DeviceTagged", { tags: ["y"] })).toEqual([{ do: "tag", device: "a", tags: ["y"] }]);
    expect(of("DeviceRetired", {})).toEqual([{ do: "disconnect", device: "a", cut: false }]);
    expect(of("DeviceRetired", {})).toEqual([]);
  });

  it("gives commands their recorded answers, and does not answer other commands", () => {
    const plan = started();
    const issue = (command: string) =>
      event("CommandIssued", "command", "a", { command, device: "a", name: "read", params: { n: 1 }, deadline: "" });
    const end = (type: string, command: string, data: object = {}) =>
      event(type, "command", "a", { command, device: "a", ...data });
    expect(steps(plan, [issue("c1"), issue("c2"), end("CommandExpired", "c2"), end("CommandCompleted", "c2")])).toEqual(
      [],
    );
    const read = { do: "answer", device: "a", name: "read", params: { n: 1 } };
    expect(plan.take(end("CommandCompleted", "c1", { result: 5 }))).toEqual([
      { ...read, answer: { ok: true, result: 5 } },
    ]);
    plan.take(issue("c3"));
    const error = { code: "no", message: "No" };
    expect(plan.take(end("CommandFailed", "c3", { error }))).toEqual([{ ...read, answer: { ok: false, error } }]);
    expect(steps(plan, [end("CommandCompleted", "before")])).toEqual([]);
  });

  it("is left out if it is not in `only`, or if its id begins with the prefix of replayed devices", () => {
    const plan = started({ only: new Set(["b"]) });
    expect(steps(plan, [opened("a"), telemetry("a", { data: {} }), opened("b")])).toEqual(["b connect"]);
    const again = started({ prefix: "r-" });
    expect(
      steps(again, [opened("r-b"), event("DeviceRegistered", "device", "r-c", { device: "r-c", tags: [] })]),
    ).toEqual([]);
  });
});
