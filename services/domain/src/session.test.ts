import { describe, expect, it } from "vitest";
import { fold } from "./decider.ts";
import type { EventBody } from "./events.ts";
import { history, record } from "./fixtures/record.ts";
import { faultsOfRedelivery } from "./fixtures/redelivery.ts";
import { type SessionEvent, session } from "./session.ts";

function opened(gateway = "g1", incarnation = "i1"): SessionEvent {
  return { type: "SessionOpened", data: { device: "a", gateway, incarnation, protocol: "mqtt" } };
}
function closed(epoch: number): SessionEvent {
  return { type: "SessionClosed", data: { device: "a", epoch, reason: "lost" } };
}
const gatewayEvent = (
  type: "GatewayStarted" | "GatewayStopped" | "GatewayLost",
  gateway: string,
  incarnation: string,
) => ({ type, data: { gateway, incarnation, ...(type === "GatewayLost" ? { leaseTtlMs: 1 } : {}) } }) as EventBody;

describe("deciding about a session", () => {
  it("opens it, whoever holds the device's session now: the newest wins", () => {
    const command = { type: "OpenSession", device: "a", gateway: "g2", incarnation: "i2", protocol: "mqtt" } as const;
    const event = [opened("g2", "i2")];
    expect(session.decide(command, session.initial)).toEqual(event);
    expect(session.decide(command, fold(session, history(opened())))).toEqual(event);
  });

  it("closes the one that is open, once", () => {
    const command = { type: "CloseSession", device: "a", epoch: 1, reason: "lost", detail: "1006" } as const;
    const first = session.decide(command, fold(session, history(opened())));
    expect(first).toEqual([{ type: "SessionClosed", data: { device: "a", epoch: 1, reason: "lost", detail: "1006" } }]);
    expect(session.decide(command, fold(session, history(opened(), ...first)))).toEqual([]);
  });

  it("does not close one that was taken over, or that never was", () => {
    const command = { type: "CloseSession", device: "a", epoch: 1, reason: "lost" } as const;
    expect(session.decide(command, fold(session, history(opened(), opened("g2", "i2"))))).toEqual([]);
    expect(session.decide(command, session.initial)).toEqual([]);
  });
});

describe("folding a session", () => {
  it("has the epoch of the event that opened it", () => {
    const events = [record(opened(), 7), record(opened("g2", "i2"), 12)];
    expect(fold(session, events).open).toEqual({ epoch: 12, gateway: "g2", incarnation: "i2", protocol: "mqtt" });
  });

  it("is not changed by a late close of an older session", () => {
    const events = [record(opened(), 7), record(opened("g2", "i2"), 12)];
    expect(fold(session, [...events, record(closed(7), 13)])).toEqual(fold(session, events));
    expect(fold(session, [...events, record(closed(12), 13)]).open).toBeUndefined();
  });

  it("ends with its gateway's incarnation, and with no other", () => {
    for (const type of ["GatewayStopped", "GatewayLost"] as const) {
      expect(fold(session, history(opened(), gatewayEvent(type, "g1", "i1"))).open).toBeUndefined();
      expect(fold(session, history(opened(), gatewayEvent(type, "g1", "i0"))).open).toBeDefined();
      expect(fold(session, history(opened(), gatewayEvent(type, "g2", "i1"))).open).toBeDefined();
    }
  });

  it("ends when its gateway starts anew, and not by a start of before it or of another", () => {
    expect(fold(session, history(opened(), gatewayEvent("GatewayStarted", "g1", "i2"))).open).toBeUndefined();
    expect(fold(session, history(opened(), gatewayEvent("GatewayStarted", "g2", "i2"))).open).toBeDefined();
    const events = history(
      gatewayEvent("GatewayStarted", "g1", "i0"),
      gatewayEvent("GatewayStarted", "g1", "i1"),
      opened(),
    );
    expect(fold(session, events).open).toBeDefined();
  });

  it("is not changed by events that come again", () => {
    expect(faultsOfRedelivery(session, history(opened(), closed(1), opened("g2", "i2"), closed(1), closed(3)))).toEqual(
      [],
    );
    expect(
      faultsOfRedelivery(
        session,
        history(
          gatewayEvent("GatewayStarted", "g1", "i1"),
          opened("g1", "i1"),
          gatewayEvent("GatewayLost", "g1", "i1"),
          gatewayEvent("GatewayStarted", "g1", "i2"),
          opened("g1", "i2"),
        ),
      ),
    ).toEqual([]);
    expect(
      faultsOfRedelivery(session, history(opened(), gatewayEvent("GatewayStopped", "g1", "i1"), opened())),
    ).toEqual([]);
  });
});
