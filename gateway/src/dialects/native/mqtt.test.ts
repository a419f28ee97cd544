import { FleetError } from "@fleetlog/domain";
import { describe, expect, it } from "vitest";
import { Dialects } from "../dialects.ts";
import { native } from "./index.ts";

const device = { device: "d1", dialect: "native", login: "d1", credential: { by: "certificate" } } as const;
const dialect = new Dialects([native]).mqttOf(device);
const connection = {
  clock: () => 0,
  publish: () => Promise.resolve(false),
  report: () => Promise.resolve(0),
  offerCommands() {},
  subscribe: () => true,
  countBytes() {},
  downloadOf: () => Promise.reject(new Error("no artifacts")),
};
const conversation = dialect.converse(device, connection);

function read(topic: string, payload: string | Buffer) {
  const publication = dialect.publishTopics.find(topic, conversation.names);
  if (publication === undefined) throw new Error(`no device publishes on ${topic}`);
  return publication.read(Buffer.from(payload), topic, conversation);
}

function fieldOf(act: () => unknown): string | undefined {
  try {
    act();
  } catch (error) {
    if (error instanceof FleetError) return error.field;
    throw error;
  }
  throw new Error("it was not refused");
}

describe("the native dialect over MQTT", () => {
  it("reads reports from JSON payloads", () => {
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

  it("accepts a profile with an invalid known field, with a remark for the device", () => {
    expect(read("me/profile", '{"model":5}')).toEqual({
      kind: "profile",
      profile: { model: 5 },
      remark: "model must be text; the profile is recorded, but this is not understood",
    });
  });

  it("takes event names and command ids from the topic, even if the payload has different ones", () => {
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
    ["me/command/c1/result", '{"ok":false}', "error"],
    ["me/command/c1/result", '{"ok":true,"error":{"code":"E","message":"no"}}', "error"],
  ])("refuses on %s the payload %s with the field %s", (topic, payload, field) => {
    expect(fieldOf(() => read(topic, payload))).toBe(field);
  });

  it.each(["me/command/c1", "me/command//result", "me/event/", "me/event/a/b", "d2/telemetry", "me", ""])(
    "does not let a device publish on %j",
    (topic) => {
      expect(dialect.publishTopics.find(topic)).toBeUndefined();
    },
  );

  it("lets a device subscribe only to its own topics", () => {
    const mayRead = (filter: string) => dialect.subscribeTopics.find(filter) !== undefined;
    expect(["me/#", "me/command/+", "me/+/+"].map(mayRead)).toEqual([true, true, true]);
    expect(["#", "+/command/+", "d2/#", "me", "", "$SYS/#"].map(mayRead)).toEqual(Array(6).fill(false));
  });
});
