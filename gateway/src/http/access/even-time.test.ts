import { expect, it } from "vitest";
import { atEvenTimes } from "./even-time.ts";

it("atEvenTimes resolves with the result after a multiple of the step", async () => {
  const began = performance.now();
  expect(await atEvenTimes(20, async () => "done")).toBe("done");
  // Node's timers may fire a millisecond early.
  expect(performance.now() - began).toBeGreaterThanOrEqual(19);
});

it("atEvenTimes rejects with the error after a multiple of the step", async () => {
  const began = performance.now();
  await expect(atEvenTimes(20, () => Promise.reject(new Error("failed")))).rejects.toThrow("failed");
  expect(performance.now() - began).toBeGreaterThanOrEqual(19);
});
