import { Gauge } from "prom-client";
import { describe, expect, it } from "vitest";
import { type NodePart, NodeParts } from "./parts.ts";

function recorded(calls: string[], name: string, more: Partial<NodePart> = {}): NodePart {
  const record = (what: string) => async () => void calls.push(`${name} ${what}`);
  return { name, start: record("starts"), drain: record("drains"), stop: record("stops"), ...more };
}

describe("the parts of a node", () => {
  it("start in order, drain together before any stops, and stop in reverse order", async () => {
    const calls: string[] = [];
    const parts = new NodeParts([recorded(calls, "a"), recorded(calls, "b"), { name: "without lifecycle" }]);
    await parts.start();
    await Promise.all([parts.stop(), parts.stop()]);
    expect(calls).toEqual(["a starts", "b starts", "a drains", "b drains", "b stops", "a stops"]);
  });

  it("stop, the failed part included, when one part fails to start", async () => {
    const calls: string[] = [];
    const start = async () => {
      calls.push("b fails");
      throw new Error("the port is taken");
    };
    const parts = new NodeParts([recorded(calls, "a"), recorded(calls, "b", { start }), recorded(calls, "c")]);
    await expect(parts.start()).rejects.toThrow("the port is taken");
    expect(calls).toEqual(["a starts", "b fails", "a drains", "b drains", "b stops", "a stops"]);
    expect(parts.notReady()).toEqual(["this node is stopping"]);
  });

  it("are not ready during their start and stop, or while a part gives a reason against readiness", async () => {
    let away = true;
    const parts = new NodeParts([
      { name: "a" },
      { name: "log", notReady: () => (away ? ["the log can't be reached"] : []) },
    ]);
    expect(parts.notReady()).toEqual(["this node is starting", "the log can't be reached"]);
    await parts.start();
    expect(parts.notReady()).toEqual(["the log can't be reached"]);
    away = false;
    expect(parts.notReady()).toEqual([]);
    await parts.stop();
    expect(parts.notReady()).toEqual(["this node is stopping"]);
  });

  it("have upgrades and metrics; two parts can't have the same path", async () => {
    const target = { upgrade() {} };
    const gauge = new Gauge({ name: "a", help: "a", registers: [] });
    const part: NodePart = {
      name: "a",
      upgrades: { "/a": target },
      metrics: [gauge],
    };
    const parts = new NodeParts([part, { name: "b", upgrades: { "/b": target } }]);
    expect([...parts.upgrades.keys()]).toEqual(["/a", "/b"]);
    expect(parts.metrics).toEqual([gauge]);
    expect(() => new NodeParts([part, { ...part, name: "b" }]).upgrades).toThrow(/b handles upgrades at \/a/);
  });
});
