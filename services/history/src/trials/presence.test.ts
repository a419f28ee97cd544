import { describe, expect, it } from "vitest";
import { outcomeOf, timeoutOf } from "./presence.ts";

const SPAN_END = 1_000_000;
const lost = { at: 100_000, by: { setting: "lease", ms: 10_000 } } as const;
const silent = { at: 100_000, by: { setting: "timeout", ms: 90_000 } } as const;

describe("a longer lease", () => {
  it("avoids the disconnection of a device that connects again within twice the added time", () => {
    const back = { ...lost, nextAt: 119_000 };
    expect(outcomeOf(back, { lease: 20_000 }, SPAN_END)).toEqual({ kind: "avoided", until: 119_000 });
    expect(outcomeOf(back, { lease: 19_000 }, SPAN_END)).toEqual({ kind: "later", until: 118_000 });
  });

  it("delays a disconnection by twice the added time, but at most until the gateway's next start", () => {
    expect(outcomeOf(lost, { lease: 20_000 }, SPAN_END)).toEqual({ kind: "later", until: 120_000 });
    const restarted = { ...lost, gatewayEndedAt: 105_000, nextAt: 106_000 };
    expect(outcomeOf(restarted, { lease: 20_000 }, SPAN_END)).toEqual({ kind: "later", until: 105_000 });
  });

  it("moves a disconnection beyond the end of the span", () => {
    expect(outcomeOf(lost, { lease: 20_000 }, 110_000)).toEqual({ kind: "after-span", until: 110_000 });
  });
});

describe("a longer time-out", () => {
  it("delays a disconnection by the added time", () => {
    expect(outcomeOf(silent, { timeout: 120_000 }, SPAN_END)).toEqual({ kind: "later", until: 130_000 });
    expect(outcomeOf({ ...silent, nextAt: 130_000 }, { timeout: 120_000 }, SPAN_END).kind).toBe("avoided");
  });
});

it("a tried setting changes nothing if it equals the setting in force, or did not cause the disconnection", () => {
  expect(outcomeOf(lost, { timeout: 120_000 }, SPAN_END)).toEqual({ kind: "same" });
  expect(outcomeOf(lost, { lease: 10_000 }, SPAN_END)).toEqual({ kind: "same" });
  expect(outcomeOf({ ...lost, gatewayEndedAt: 100_000 }, { lease: 20_000 }, SPAN_END)).toEqual({ kind: "same" });
});

it("the outcome is unknown if the log lacks the needed events", () => {
  expect(outcomeOf(silent, { timeout: 60_000 }, SPAN_END)).toEqual({ kind: "unknown" });
  const unknown = { at: 100_000, by: { setting: "timeout", ms: undefined } } as const;
  expect(outcomeOf(unknown, { timeout: 60_000 }, SPAN_END)).toEqual({ kind: "unknown" });
});

it.each([
  ["mqtt", 60, "nothing came for 1.5 times the keep-alive of 60 s", 90_000],
  ["websocket", 10, "does not answer pings", 40_000],
  ["mqtt", 60, "the device does not read what it is sent", undefined],
  ["mqtt", 0, undefined, undefined],
])("the time-out of a session by %s with a keep-alive of %i s is known", (protocol, keepAliveSeconds, detail, ms) => {
  expect(timeoutOf({ protocol, keepAliveSeconds }, detail)).toBe(ms);
});
