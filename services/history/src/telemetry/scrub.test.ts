import { expect, it, onTestFinished } from "vitest";
import type { Part } from "./manifest.ts";
import { Scrub } from "./scrub.ts";

const part = (firstSeq: number, bytes = 100) =>
  ({ firstSeq, lastSeq: firstSeq, file: { name: `t${firstSeq}`, bytes, sha256: "" } }) as unknown as Part;

it("the scrub verifies all files repeatedly, also newer ones, and reports what it found", async () => {
  let parts = [part(1), part(2)];
  const checked: number[] = [];
  const damaged = new Set<number>();
  let now = 1_000;
  const scrub = new Scrub({
    parts: () => parts,
    async check({ firstSeq }) {
      checked.push(firstSeq);
      return !damaged.delete(firstSeq);
    },
    now: () => now,
    pauseMs: 20,
  });
  onTestFinished(() => scrub.stop());
  expect(scrub.report).toEqual({ checked: 0, of: 0, damaged: 0 });
  const running = scrub.run();
  await expect.poll(() => scrub.report.finishedAt).toBe("1970-01-01T00:00:01.000Z");
  expect(checked.slice(0, 2)).toEqual([1, 2]);
  damaged.add(2);
  parts = [...parts, part(3)];
  now = 2_000;
  await expect
    .poll(() => scrub.report)
    .toEqual({ checked: 3, of: 3, damaged: 1, finishedAt: "1970-01-01T00:00:02.000Z" });
  scrub.stop();
  await running;
});

it("the scrub reads a limited number of bytes a second, reports its progress, and can be stopped", async () => {
  const parts = [part(1, 100), part(2, 1_000_000), part(3, 100)];
  const scrub = new Scrub({ parts: () => parts, check: async () => true, now: Date.now, bytesPerSecond: 1_000 });
  const begun = performance.now();
  const running = scrub.run();
  await expect.poll(() => scrub.report.checked).toBe(2);
  expect(performance.now() - begun).toBeGreaterThan(95);
  expect(scrub.report).toEqual({ checked: 2, of: 3, damaged: 0 });
  scrub.stop();
  await running;
});

it("the scrub rejects with an error of the check", async () => {
  const check = () => Promise.reject(new Error("the disk is gone"));
  const scrub = new Scrub({ parts: () => [part(1)], check, now: Date.now });
  await expect(scrub.run()).rejects.toThrow("the disk is gone");
});
