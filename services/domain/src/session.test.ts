import { describe, expect, it } from "vitest";
import { fold } from "./decider.ts";
import type { EventBody } from "./events.ts";
import { history, record } from "./fixtures/record.ts";
import { faultsOfRedelivery } from "./fixtures/redelivery.ts";
import { isOlderSession, isSameSession, type SessionEvent, sessionDecider } from "./session.ts";

function opened(gateway = "g1", incarnation = "i1"): SessionEvent {
  return { type: "SessionOpened", data: { device: "a", gateway, incarnation, protocol: "mqtt" } };
}
function closed(epoch: number, session?: string): SessionEvent {
  return { type: "SessionClosed", data: { device: "a", epoch, ...(session && { session }), reason: "lost" } };
}
const gatewayEvent = (
  type: "GatewayStarted" | "GatewayStopped" | "GatewayLost",
  gateway: string,
  incarnation: string,
) => ({ type, data: { gateway, incarnation, ...(type === "GatewayLost" ? { leaseTtlMs: 1 } : {}) } }) as EventBody;

describe("deciding about a session", () => {
  it("opens a session, even if the device has an open session", () => {
    const command = { type: "OpenSession", device: "a", gateway: "g2", incarnation: "i2", protocol: "mqtt" } as const;
    const event = [opened("g2", "i2")];
    expect(sessionDecider.decide(command, sessionDecider.initial)).toEqual(event);
    expect(sessionDecider.decide(command, fold(sessionDecider, history(opened())))).toEqual(event);
  });

  it("closes the open session, and only once", () => {
    const command = { type: "CloseSession", device: "a", epoch: 1, reason: "lost", detail: "1006" } as const;
    const first = sessionDecider.decide(command, fold(sessionDecider, history(opened())));
    expect(first).toEqual([{ type: "SessionClosed", data: { device: "a", epoch: 1, reason: "lost", detail: "1006" } }]);
    expect(sessionDecider.decide(command, fold(sessionDecider, history(opened(), ...first)))).toEqual([]);
  });

  it("closes the open session by its id, with any epoch", () => {
    const state = fold(sessionDecider, history(opened()));
    const close = { type: "CloseSession", device: "a", reason: "lost" } as const;
    expect(sessionDecider.decide({ ...close, epoch: 40, session: "event-1" }, state)).toEqual([closed(40, "event-1")]);
    expect(sessionDecider.decide({ ...close, epoch: 1, session: "event-2" }, state)).toEqual([]);
  });

  it("does not close a session that was replaced, or was never opened", () => {
    const command = { type: "CloseSession", device: "a", epoch: 1, reason: "lost" } as const;
    expect(sessionDecider.decide(command, fold(sessionDecider, history(opened(), opened("g2", "i2"))))).toEqual([]);
    expect(sessionDecider.decide(command, sessionDecider.initial)).toEqual([]);
  });
});

describe("a folded session", () => {
  it("has the sequence of its SessionOpened as epoch", () => {
    const events = [record(opened(), 7), record(opened("g2", "i2"), 12)];
    expect(fold(sessionDecider, events).open).toEqual({
      epoch: 12,
      session: "event-12",
      gateway: "g2",
      incarnation: "i2",
      protocol: "mqtt",
    });
  });

  it("ignores a late close of an older session", () => {
    const events = [record(opened(), 7), record(opened("g2", "i2"), 12)];
    expect(fold(sessionDecider, [...events, record(closed(7), 13)])).toEqual(fold(sessionDecider, events));
    expect(fold(sessionDecider, [...events, record(closed(12), 13)]).open).toBeUndefined();
  });

  it("is closed by its id, or by its epoch if the event has no session id", () => {
    const open = fold(sessionDecider, [record(opened(), 7)]);
    expect(fold(sessionDecider, [record(closed(40, "event-7"), 13)], open).open).toBeUndefined();
    expect(fold(sessionDecider, [record(closed(7), 13)], open).open).toBeUndefined();
    expect(fold(sessionDecider, [record(closed(7, "event-3"), 13)], open)).toBe(open);
    expect(fold(sessionDecider, [record(closed(40), 13)], open)).toBe(open);
  });

  it("ends with the incarnation of its gateway, and with no other incarnation", () => {
    for (const type of ["GatewayStopped", "GatewayLost"] as const) {
      expect(fold(sessionDecider, history(opened(), gatewayEvent(type, "g1", "i1"))).open).toBeUndefined();
      expect(fold(sessionDecider, history(opened(), gatewayEvent(type, "g1", "i0"))).open).toBeDefined();
      expect(fold(sessionDecider, history(opened(), gatewayEvent(type, "g2", "i1"))).open).toBeDefined();
    }
  });

  it("ends with the next start of its gateway, but not with an earlier start or another gateway's", () => {
    expect(fold(sessionDecider, history(opened(), gatewayEvent("GatewayStarted", "g1", "i2"))).open).toBeUndefined();
    expect(fold(sessionDecider, history(opened(), gatewayEvent("GatewayStarted", "g2", "i2"))).open).toBeDefined();
    const events = history(
      gatewayEvent("GatewayStarted", "g1", "i0"),
      gatewayEvent("GatewayStarted", "g1", "i1"),
      opened(),
    );
    expect(fold(sessionDecider, events).open).toBeDefined();
  });

  it("ignores redelivered events", () => {
    expect(
      faultsOfRedelivery(sessionDecider, history(opened(), closed(1), opened("g2", "i2"), closed(1), closed(3))),
    ).toEqual([]);
    expect(
      faultsOfRedelivery(
        sessionDecider,
        history(
          gatewayEvent("GatewayStarted", "g1", "i1"),
          opened("g1", "i1"),
          gatewayEvent("GatewayLost", "g1", "i1"),
          gatewayEvent("GatewayStarted", "g1", "i2"),
          opened("g1", "i2"),
        ),
      ),
    ).toEqual([]);
    // In a copy of another log the epochs are wrong, but the session ids are right.
    expect(
      faultsOfRedelivery(
        sessionDecider,
        history(opened(), closed(40, "event-1"), opened("g2", "i2"), closed(3, "event-1"), closed(41, "event-3")),
      ),
    ).toEqual([]);
    expect(
      faultsOfRedelivery(sessionDecider, history(opened(), gatewayEvent("GatewayStopped", "g1", "i1"), opened())),
    ).toEqual([]);
  });
});

describe("two sessions of a device", () => {
  const cases = [
    { a: { epoch: 5, session: "x" }, b: { epoch: 9, session: "x" }, same: true, older: false },
    { a: { epoch: 9, session: "x" }, b: { epoch: 5, session: "x" }, same: true, older: false },
    { a: { epoch: 5, session: "x" }, b: { epoch: 5, session: "y" }, same: false, older: false },
    { a: { epoch: 5, session: "x" }, b: { epoch: 9, session: "y" }, same: false, older: true },
    { a: { epoch: 9, session: "x" }, b: { epoch: 5, session: "y" }, same: false, older: false },
    { a: { epoch: 5 }, b: { epoch: 5, session: "x" }, same: true, older: false },
    { a: { epoch: 5, session: "x" }, b: { epoch: 9 }, same: false, older: true },
    { a: { epoch: 9 }, b: { epoch: 5 }, same: false, older: false },
  ];
  it.each(cases)("$a and $b", ({ a, b, same, older }) => {
    expect(isSameSession(a, b)).toBe(same);
    expect(isSameSession(b, a)).toBe(same);
    expect(isOlderSession(a, b)).toBe(older);
  });
});
