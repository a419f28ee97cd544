import type { CloseReason } from "@fleetlog/domain";
import { beforeEach, describe, expect, it } from "vitest";
import { foldRow } from "../../fixtures/folding.ts";
import { History } from "../../fixtures/history.ts";
import { type StatusRow, status } from "./status.ts";

let history: History;
beforeEach(() => {
  history = new History();
  history.register("a");
});

function row(): StatusRow | undefined {
  return foldRow(status, history.events);
}

function because(): string[] {
  return row()?.evidence.map(({ type, seq, says }) => `${type} #${seq}: ${says}`) ?? [];
}

describe("status", () => {
  it("is never-connected after the registration", () => {
    expect(row()).toMatchObject({ status: "never-connected", since: history.events[0]?.time });
    expect(because()).toEqual(["DeviceRegistered #1: registered by ada; no session since"]);
  });

  it("is connected with the newest session", () => {
    const opened = history.open("a");
    expect(row()).toMatchObject({
      seq: 2,
      status: "connected",
      since: opened.time,
      session: { epoch: 2, gateway: "g1", incarnation: "i1", version: "MQTT 5", address: "10.0.0.9:5000" },
    });
    expect(because()).toEqual(["SessionOpened #2: connected to g1 by MQTT 5 from 10.0.0.9:5000"]);
  });

  it("names the session that a take-over replaced", () => {
    history.open("a");
    history.open("a", "g2");
    expect(row()?.session).toMatchObject({ epoch: 3, gateway: "g2" });
    expect(because()).toEqual([
      "SessionOpened #3: connected to g2 by MQTT 5 from 10.0.0.9:5000, in place of session #2 on g1",
    ]);
  });

  it("recognizes the closed session by its id, even if its epoch differs", () => {
    const opened = history.open("a");
    const connected = row();
    history.close("a", { epoch: opened.seq, session: "another" });
    expect(row()).toEqual(connected);
    const closed = history.close("a", { epoch: 400, session: opened.id });
    const disconnected = row();
    expect(disconnected).toMatchObject({ status: "disconnected", since: closed.time });
    expect(foldRow(status, history.events, disconnected)).toBe(disconnected);
  });

  it.each<[CloseReason, string]>([
    ["device-closed", "the device closed the connection"],
    ["lost", "the connection was lost without a close"],
    ["timeout", "nothing came from the device within its keep-alive"],
  ])("is disconnected when the session was closed: %s", (reason, says) => {
    history.open("a");
    const closed = history.close("a", 2, reason);
    expect(row()).toMatchObject({ status: "disconnected", since: closed.time });
    expect(row()?.session).toBeUndefined();
    expect(because()).toEqual([
      "SessionOpened #2: connected to g1 by MQTT 5 from 10.0.0.9:5000",
      `SessionClosed #3: ${says}`,
    ]);
  });

  it("stays connected when an older session ends", () => {
    history.open("a");
    history.open("a", "g2");
    history.close("a", 2, "superseded");
    expect(row()).toMatchObject({ seq: 3, status: "connected" });
  });

  it.each([
    ["GatewayStopped", "gateway g1 stopped, and ended its sessions"],
    ["GatewayLost", "gateway g1 was lost: its lease of 10 s lapsed"],
  ] as const)("is disconnected by %s", (type, says) => {
    history.open("a");
    history.gateway(type);
    expect(row()?.status).toBe("disconnected");
    expect(because().at(-1)).toBe(`${type} #3: ${says}`);
  });

  it("is disconnected by a restart of its gateway, but not by the start of its session's own incarnation", () => {
    history.open("a");
    history.gateway("GatewayStarted", "g1", "i1");
    expect(row()?.status).toBe("connected");
    history.gateway("GatewayStarted", "g1", "i2");
    expect(row()?.status).toBe("disconnected");
    expect(because().at(-1)).toBe("GatewayStarted #4: gateway g1 started anew, and holds none of its earlier sessions");
  });

  it("stays connected when another gateway ends, or another incarnation of its own gateway", () => {
    history.open("a", "g1", "i2");
    history.gateway("GatewayLost", "g2", "i2");
    history.gateway("GatewayLost", "g1", "i1");
    expect(row()).toMatchObject({ seq: 2, status: "connected" });
  });

  it("stays retired, whatever happens to its last session", () => {
    history.open("a");
    const retired = history.retire("a");
    history.open("a");
    history.close("a", 4, "retired");
    history.close("a", 2, "retired");
    expect(row()).toMatchObject({ seq: retired.seq, status: "retired", since: retired.time });
    expect(because()).toEqual(["DeviceRetired #3: retired by ada"]);
  });

  it("is never-connected again when registered after retirement", () => {
    history.open("a");
    history.retire("a");
    history.register("a");
    history.close("a", 2);
    expect(row()).toMatchObject({ seq: 4, status: "never-connected" });
  });

  it("is not changed by redelivered or older events", () => {
    history.open("a");
    history.close("a", 2);
    history.open("a", "g2");
    history.gateway("GatewayLost", "g2");
    history.open("a");
    const before = row();
    expect(foldRow(status, history.events, before)).toBe(before);
  });

  it("ignores a duplicate opening or closing of a session, even outside the log's deduplication window", () => {
    const opened = history.open("a");
    if (opened.type !== "SessionOpened") throw new Error("not a session");
    const again = history.add("a", { type: "SessionOpened", data: opened.data }, opened.id);
    expect(row()).toMatchObject({ status: "connected", session: { epoch: again.seq } });
    history.close("a", again.seq);
    const closed = row();
    history.close("a", again.seq);
    expect(row()).toEqual(closed);
  });

  it("has no row for a device that was never registered", () => {
    const unknown = new History();
    unknown.open("b");
    expect(foldRow(status, unknown.events)).toBeUndefined();
  });

  it("is touched by a gateway's events in all rows of that gateway", () => {
    expect(status.touches(history.gateway("GatewayLost", "g7"))).toEqual({ column: "gateway", value: "g7" });
    history.open("a", "g7");
    const open = row();
    expect(open && status.columns.find(({ name }) => name === "gateway")?.of(open)).toBe("g7");
  });
});
