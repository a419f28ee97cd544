import { expect, it } from "vitest";
import { Openings } from "./openings.ts";

function openings(reserve = { holding: false, halfUsed: false }) {
  let now = 0;
  const pass = (ms: number) => {
    now += ms;
  };
  return { all: new Openings(30, reserve, () => now), pass };
}

it("a device may open 30 sessions a minute, and is then refused with the time to wait", () => {
  const { all, pass } = openings();
  for (let i = 0; i < 30; i++) all.admit("d1");
  expect(() => all.admit("d1")).toThrow(expect.objectContaining({ code: "rate-limited", retryAfterMs: 2_000 }));
  all.admit("d2");
  pass(2_000);
  all.admit("d1");
});

it("a device may open 3 sessions while the log has only its reserve left, and none in the reserve's second half", () => {
  const { all } = openings({ holding: true, halfUsed: false });
  for (let i = 0; i < 3; i++) all.admit("d1");
  expect(() => all.admit("d1")).toThrow(expect.objectContaining({ code: "rate-limited" }));
  const { all: late } = openings({ holding: true, halfUsed: true });
  expect(() => late.admit("d2")).toThrow(expect.objectContaining({ code: "log-full", retryAfterMs: 10_000 }));
});
