import { FleetError } from "@fleetlog/domain";
import { describe, expect, it } from "vitest";
import { nativeMqtt } from "./mqtt.ts";

const conversation = nativeMqtt.converse("d1");
const read = (topic: string, payload: string | Buffer) => conversation.read(topic, Buffer.from(payload));

function fieldOf(act: () => unknown): string | undefined {
  try {
    act();
  } catch (error) {
    if (error instanceof FleetError) return error.field;
  }
  throw new Error("it was not refused");
}

describe("the native dialect over MQTT", () => {
  it("reads what a device says", () => {
    const item = { data: { t: 1 }, at: "2026-01-02T03:04:05Z", boot: "b", seq: 1 };
    expect(read("me/telemetry", JSON.stringify(item))).toEqual({ kind: "telemetry", items: [item] });
    expect(read("me/telemetry", JSON.stringify([item, item]))).toEqual({ kind: "telemetry", items: [item, item] });
    expect(read("me/profile", '{"model":"m"}')).toEqual({ kind: "profile", profile: { model: "m" } });
    expect(read("me/event/a.b", '{"data":null}')).toEqual({ kind: "event", report: { name: "a.b", data: null } });
    expect(read("me/command/c-1/result", '{"ok":true}')).toEqual({
      kind: "command-result",
      result: { id: "c-1", ok: true },
    });
  });

  it("takes names from the topic, not from the payload", () => {
    expect(read("me/event/x", '{"name":"y","data":0}')).toMatchObject({ report: { name: "x" } });
    expect(read("me/command/c1/result", '{"id":"c2","ok":true}')).toMatchObject({ result: { id: "c1" } });
  });

  it.each([
    ["me/telemetry", "", "payload"],
    ["me/telemetry", "null", "payload"],
    ["me/telemetry", Buffer.from([0x22, 0xff, 0x22]), "payload"],
    ["me/telemetry", "[]", "payload"],
    ["me/telemetry", '[{"data":{}},{"data":[]}]', "payload[1].data"],
    ["me/telemetry", '{"data":{},"seq":1.5}', "seq"],
    ["me/telemetry", JSON.stringify(Array(1_001).fill({ data: {} })), "payload"],
    ["me/profile", "1", "payload"],
    ["me/event/ ", "{}", "topic"],
    ["me/event/x", '{"data":1,"at":"2026"}', "at"],
    ["me/event/x", "{}", "data"],
    ["me/event/x", '{"boot":"b","seq":1}', "data"],
    ["me/telemetry", "{}", "data"],
    ["me/telemetry", '{"data":null}', "data"],
    ["me/telemetry", '[{"data":{}},{}]', "payload[1].data"],
    ["me/command/a.b/result", '{"ok":true}', "topic"],
    ["me/command/c1/result", '{"ok":false,"error":{"code":"E"}}', "error.message"],
    ["me/command/c1", "{}", "topic"],
    ["d2/telemetry", '{"data":{}}', "topic"],
  ])("refuses on %s: %s", (topic, payload, field) => {
    expect(fieldOf(() => read(topic, payload))).toBe(field);
  });

  it("lets a device hear only itself", () => {
    expect(["me/#", "me/command/+", "me/+/+"].map(conversation.mayRead)).toEqual([true, true, true]);
    expect(["#", "+/command/+", "d2/#", "me", "", "$SYS/#"].map(conversation.mayRead)).toEqual(Array(6).fill(false));
  });

  it("knows a device by client id and user name alike", () => {
    const identify = (clientId: string, userName?: string, password?: string) =>
      nativeMqtt.identify({ clientId, userName, password, certified: undefined });
    expect(identify("d1", "d1", "t")).toEqual({ device: "d1", token: "t" });
    expect(fieldOf(() => identify("d1", "d2", "t"))).toBe("clientId");
    expect(fieldOf(() => identify("d/1", "d/1", "t"))).toBe("clientId");
    expect(fieldOf(() => identify("", "", "t"))).toBe("clientId");
    expect(fieldOf(() => identify("d1", "d1"))).toBeUndefined();
    expect(fieldOf(() => identify("d1"))).toBeUndefined();
  });

  it("knows a device by its certificate, and lets it say no other name", () => {
    const identify = (clientId: string, userName?: string, password?: string) =>
      nativeMqtt.identify({ clientId, userName, password, certified: "d1" });
    expect(identify("")).toEqual({ device: "d1", token: undefined });
    expect(identify("d1", "d1")).toEqual({ device: "d1", token: undefined });
    expect(identify("d1", undefined, "t")).toEqual({ device: "d1", token: "t" });
    expect(fieldOf(() => identify("d2", "d1"))).toBe("clientId");
    expect(fieldOf(() => identify("d1", "d2"))).toBe("userName");
    expect(fieldOf(() => identify("d1", ""))).toBe("userName");
  });
});
