import type { Action } from "@fleetlog/domain";
import type { DirectoryEntry } from "@fleetlog/identity";
import { describe, expect, it } from "vitest";
import type { Dialect } from "./dialect.ts";
import { Dialects } from "./dialects.ts";

const device: DirectoryEntry = { device: "d1", dialect: "test", login: "d1", credential: { by: "certificate" } };

function dialect(action: Action): Dialect {
  const read = () => [];
  return {
    name: "test",
    mqtt: {
      publishTopics: [{ topic: "a", action, read }],
      subscribeTopics: [{ topic: "b", action }],
      converse: () => ({ command: () => undefined }),
    },
    jsonrpc: { methods: [{ method: "m", action, read }], converse: () => ({ command: () => undefined }) },
  };
}

describe("Dialects", () => {
  it("finds topics and methods whose action the device may perform", () => {
    const dialects = new Dialects([dialect("event.report")]);
    const { publishTopics, subscribeTopics } = dialects.mqttOf(device);
    expect([publishTopics.find("a")?.topic, subscribeTopics.find("b")?.topic]).toEqual(["a", "b"]);
    expect([...dialects.jsonrpcOf(device).methods.keys()]).toEqual(["m"]);
  });

  it("does not find topics and methods whose action the device may not perform", () => {
    const dialects = new Dialects([dialect("device.retire")]);
    const { publishTopics, subscribeTopics } = dialects.mqttOf(device);
    expect([publishTopics.find("a"), subscribeTopics.find("b")]).toEqual([undefined, undefined]);
    expect([...dialects.jsonrpcOf(device).methods.keys()]).toEqual([]);
  });

  it("builds one table for all devices with the same actions", () => {
    const dialects = new Dialects([dialect("event.report")]);
    expect(dialects.mqttOf({ ...device, device: "d2" })).toBe(dialects.mqttOf(device));
    expect(dialects.jsonrpcOf({ ...device, device: "d2" })).toBe(dialects.jsonrpcOf(device));
  });

  it("throws for a topic or method without a known action", () => {
    expect(() => new Dialects([dialect(undefined as unknown as Action)])).toThrow("test: topic a names no action");
    const { mqtt: _, ...jsonrpcOnly } = dialect("nonsense" as Action);
    expect(() => new Dialects([jsonrpcOnly])).toThrow("test: method m names no action");
  });
});
