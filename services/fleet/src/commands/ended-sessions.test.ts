import {
  type CloseReason,
  type Command,
  type EventBody,
  type RecordedEvent,
  type SessionReference,
  toEvent,
} from "@fleetlog/domain";
import { memoryBackbone } from "@fleetlog/log";
import { beforeEach, describe, expect, it } from "vitest";
import { endedSessions, sessionsEndedBy } from "./ended-sessions.ts";

const T0 = Date.parse("2026-01-01T00:00:00Z");
let events: RecordedEvent[];
beforeEach(() => {
  events = [];
});

function add(body: EventBody, seconds: number): RecordedEvent {
  const seq = events.length + 1;
  const time = new Date(T0 + seconds * 1_000).toISOString();
  const event = { ...toEvent(body, { id: `e${seq}`, source: "/test", time, entity: "d1" }), seq, stream: "FLEET" };
  events.push(event as RecordedEvent);
  return event as RecordedEvent;
}

function open(at: number, incarnation = "1"): SessionReference {
  const data = { device: "d1", gateway: "g1", incarnation, protocol: "websocket" } as const;
  const { seq, id } = add({ type: "SessionOpened", data }, at);
  return { epoch: seq, session: id };
}
const deliver = (session: SessionReference, at: number, command = "c1") =>
  add({ type: "CommandDelivered", data: { command, device: "d1", ...session } }, at);
const close = (session: SessionReference, at: number, reason: CloseReason = "protocol-error", detail?: string) =>
  add(
    { type: "SessionClosed", data: { device: "d1", ...session, reason, ...(detail !== undefined && { detail }) } },
    at,
  );

/** For each of `ends`: opens a session, delivers the command, and calls the function to end the session. */
function sessions(...ends: ((session: SessionReference, at: number) => unknown)[]): void {
  ends.forEach((end, i) => {
    const session = open(i * 100);
    deliver(session, i * 100 + 1);
    end(session, i * 100 + 2);
  });
}

describe("the sessions that a command has ended", () => {
  it("are the sessions of its last deliveries, if they ended abnormally within ten seconds of the delivery", () => {
    sessions(close, close, (session, at) => close(session, at, "lost", "ECONNRESET"));
    expect(endedSessions(events, "c1")).toEqual({ count: 3, last: "ECONNRESET" });
    expect(endedSessions(events, "c2")).toEqual({ count: 0, last: undefined });
  });

  it.each<[string, (session: SessionReference, at: number) => unknown]>([
    ["was closed by the device", (session, at) => close(session, at, "device-closed")],
    ["ended because the log was away", (session, at) => close(session, at, "log-unavailable")],
    ["was silent for too long", (session, at) => close(session, at, "timeout")],
    ["ended more than ten seconds later", (session, at) => close(session, at + 10)],
    ["is still open", () => undefined],
  ])("are counted from zero after a session that %s", (_, end) => {
    sessions(close, close, close, end);
    expect(endedSessions(events, "c1").count).toBe(0);
    // If the last session is still open, this one replaces it long after the delivery.
    const session = open(1_000);
    deliver(session, 1_001);
    close(session, 1_002);
    expect(endedSessions(events, "c1").count).toBe(1);
  });

  it("include sessions that the device replaced, but not after a restart of the gateway", () => {
    for (const at of [0, 4]) deliver(open(at), at + 1);
    open(8);
    expect(endedSessions(events, "c1")).toEqual({ count: 2, last: "the device connected again" });
    deliver(open(9), 9);
    open(10, "2");
    expect(endedSessions(events, "c1").count).toBe(0);
  });

  it("count once when the log has their events twice", async () => {
    const { log, repeat } = memoryBackbone();
    sessions(close, close);
    for (const { seq: _, stream: __, ...event } of events) await log.append(event);
    for (const event of events) repeat(event);
    expect(await sessionsEndedBy(log, { id: "c1", device: "d1" } as Command)).toMatchObject({ count: 2 });
  });
});
