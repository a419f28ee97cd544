import { expect, it } from "vitest";
import { atEvenTimes } from "./even-time.ts";

it("settles with the work's result at a multiple of the step", async () => {
  const began = performance.now();
  expect(await atEvenTimes(20, async () => "done")).toBe("done");
  // Timers of Node may fire up to a millisecond early.
  expect(performance.now() - began).toBeGreaterThanOrEqual(19);
});

it("rejects with the work's error as late", async () => {
  const began = performance.now();
  await expect(atEvenTimes(20, () => Promise.reject(new Error("failed")))).rejects.toThrow("failed");
  expect(performance.now() - began).toBeGreaterThanOrEqual(19);
});
