import { describe, expect, it } from "vitest";
import { recorded, T0 } from "../testing/events.ts";
import { initialRetirements, processedThrough, react } from "./react.ts";

const device = "d1";
const retired = (seq: number, at = T0) =>
  recorded(seq, "DeviceRetired", { device, by: "admin" }, { id: `r${seq}`, at });
const issued = (seq: number, of = device) =>
  recorded(seq, "CommandIssued", {
    command: `c${seq}`,
    device: of,
    name: "x",
    deadline: "2030-01-02T00:00:00Z",
    by: "a",
  });

describe("retirement", () => {
  it("cancels the commands that were open at the retirement", () => {
    const checked = { device, checkSessions: true };
    const cancelled = { device, retiredSeq: 5, atLeast: 5, causationid: "r5" };
    expect(react(initialRetirements(), retired(5))).toEqual([checked, cancelled]);
  });

  it("requests a second check of sessions after five seconds if the credential is replaced only after the event", () => {
    const state = initialRetirements();
    const checked = { device, checkSessions: true };
    expect(react(state, recorded(7, "DeviceTokenRotated", { device, by: "ann" }, { entity: device }))).toEqual([
      checked,
    ]);
    const tick = (now: number) => react(state, { type: "Tick", now: T0 + now });
    expect([tick(1), tick(5_001), tick(10_001)]).toEqual([[], [checked], []]);
  });

  it("queries a view that includes the commands read so far, even if they are newer than the retirement", () => {
    const state = initialRetirements();
    expect(react(state, issued(9))).toEqual([]);
    expect(react(state, retired(5))).toMatchObject([{ checkSessions: true }, { retiredSeq: 5, atLeast: 9 }]);
  });

  it("cancels a command that was issued concurrently with the retirement", () => {
    const state = initialRetirements();
    react(state, retired(5));
    expect(react(state, issued(7))).toEqual([{ device, retiredSeq: 5, atLeast: 7, causationid: "r5" }]);
    expect(react(state, issued(8, "d2"))).toEqual([]);
    expect(react(state, issued(4))).toEqual([]);
  });

  it("keeps the commands of a device that is registered again", () => {
    const state = initialRetirements();
    react(state, retired(5));
    react(state, recorded(6, "DeviceRegistered", { device, tags: [], by: "admin" }));
    expect(react(state, issued(7))).toEqual([]);
  });

  it("cancels a concurrently issued command that is read only after the next DeviceRegistered", () => {
    const state = initialRetirements();
    react(state, retired(5));
    react(state, recorded(7, "DeviceRegistered", { device, tags: [], by: "admin" }));
    expect(react(state, issued(6))).toEqual([{ device, retiredSeq: 5, atLeast: 6, causationid: "r5" }]);
    expect(react(state, issued(8))).toEqual([]);
  });

  it("remembers a retirement for a minute after its first tick, and keeps the checkpoint before the retirement until then", () => {
    const state = initialRetirements();
    react(state, retired(5));
    react(state, { type: "Tick", now: T0 });
    react(state, { type: "Tick", now: T0 + 60_000 });
    expect(processedThrough(state)).toBe(4);
    react(state, { type: "Tick", now: T0 + 60_001 });
    expect(processedThrough(state)).toBe(Number.MAX_SAFE_INTEGER);
    expect(react(state, issued(7))).toEqual([]);
  });

  it("cancels a concurrently issued command that a process reads late after a pause", () => {
    const state = initialRetirements();
    react(state, retired(5));
    react(state, { type: "Tick", now: T0 + 600_000 });
    react(state, { type: "Tick", now: T0 + 605_000 });
    expect(react(state, issued(7))).toEqual([{ device, retiredSeq: 5, atLeast: 7, causationid: "r5" }]);
  });
});
