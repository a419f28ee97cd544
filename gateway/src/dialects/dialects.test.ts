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
      publications: [{ topic: "a", action, read }],
      subscriptions: [{ topic: "b", action }],
      converse: () => ({ command: () => undefined }),
    },
    jsonrpc: { methods: [{ method: "m", action, read }], converse: () => ({ command: () => undefined }) },
  };
}

describe("topics and methods of a dialect", () => {
  it("are there for a device that may do their action", () => {
    const dialects = new Dialects([dialect("event.report")]);
    const { publications, subscriptions } = dialects.mqttOf(device);
    expect([publications.find("a")?.topic, subscriptions.find("b")?.topic]).toEqual(["a", "b"]);
    expect([...dialects.jsonrpcOf(device).methods.keys()]).toEqual(["m"]);
  });

  it("are not there for one that may not", () => {
    const dialects = new Dialects([dialect("device.retire")]);
    const { publications, subscriptions } = dialects.mqttOf(device);
    expect([publications.find("a"), subscriptions.find("b")]).toEqual([undefined, undefined]);
    expect([...dialects.jsonrpcOf(device).methods.keys()]).toEqual([]);
  });

  it("are made once for all devices that may do the same", () => {
    const dialects = new Dialects([dialect("event.report")]);
    expect(dialects.mqttOf({ ...device, device: "d2" })).toBe(dialects.mqttOf(device));
    expect(dialects.jsonrpcOf({ ...device, device: "d2" })).toBe(dialects.jsonrpcOf(device));
  });

  it("fail the start where they name no action", () => {
    expect(() => new Dialects([dialect(undefined as unknown as Action)])).toThrow("test: topic a names no action");
    const { mqtt: _, ...jsonrpcOnly } = dialect("nonsense" as Action);
    expect(() => new Dialects([jsonrpcOnly])).toThrow("test: method m names no action");
  });
});
