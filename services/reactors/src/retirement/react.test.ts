import { describe, expect, it } from "vitest";
import { recorded, T0 } from "../testing/events.ts";
import { doneThrough, noRetirements, react } from "./react.ts";

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
  it("cancels what is open as of the retirement", () => {
    expect(react(noRetirements(), retired(5))).toEqual([{ device, retiredSeq: 5, atLeast: 5, causationid: "r5" }]);
  });

  it("asks for a view that has the commands which were seen already, though they are newer", () => {
    const state = noRetirements();
    expect(react(state, issued(9))).toEqual([]);
    expect(react(state, retired(5))).toMatchObject([{ retiredSeq: 5, atLeast: 9 }]);
  });

  it("cancels a command that crossed the retirement", () => {
    const state = noRetirements();
    react(state, retired(5));
    expect(react(state, issued(7))).toEqual([{ device, retiredSeq: 5, atLeast: 7, causationid: "r5" }]);
    expect(react(state, issued(8, "d2"))).toEqual([]);
    expect(react(state, issued(4))).toEqual([]);
  });

  it("leaves the commands of a device's next life alone", () => {
    const state = noRetirements();
    react(state, retired(5));
    react(state, recorded(6, "DeviceRegistered", { device, tags: [], by: "admin" }));
    expect(react(state, issued(7))).toEqual([]);
  });

  it("cancels a command that crossed the retirement, though the device's next life is known of already", () => {
    const state = noRetirements();
    react(state, retired(5));
    react(state, recorded(7, "DeviceRegistered", { device, tags: [], by: "admin" }));
    expect(react(state, issued(6))).toEqual([{ device, retiredSeq: 5, atLeast: 6, causationid: "r5" }]);
    expect(react(state, issued(8))).toEqual([]);
  });

  it("forgets a retirement after a minute, and until then is not done with what came after it", () => {
    const state = noRetirements();
    react(state, retired(5));
    react(state, { type: "Tick", now: T0 + 60_000 });
    expect(doneThrough(state)).toBe(4);
    react(state, { type: "Tick", now: T0 + 60_001 });
    expect(doneThrough(state)).toBe(Number.MAX_SAFE_INTEGER);
    expect(react(state, issued(7))).toEqual([]);
  });
});
