import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Times } from "./times.ts";

let used = 0;
const passes = (seconds: number, usedSeconds: number) => {
  used += usedSeconds * 1_000;
  vi.advanceTimersByTime(seconds * 1_000);
};

beforeEach(() => {
  used = 0;
  vi.useFakeTimers({ now: 0 });
});
afterEach(() => void vi.useRealTimers());

const times = () => new Times(2, () => ({ ms: Date.now(), used }));
const file = (name: string, began: number, ended: number) => ({
  file: name,
  began: began * 1_000,
  ended: ended * 1_000,
});

it("says when each part ran, and how much of the cores was in use meanwhile", async () => {
  const measured = times();
  await measured.measure("Programs", async () => {
    passes(20, 30);
    return {};
  });
  const rest = Promise.withResolvers<object>();
  const system = measured.measure("System tests", () => rest.promise);
  passes(40, 80);
  passes(30, 15);
  rest.resolve({});
  await system;
  expect(measured.lines()).toEqual([
    "Time: 1:30 min, 125 s of processor time, 69 % of 2 cores",
    " in each minute: 92 25 %",
    " 0:00 to 0:20, 75 %: Programs",
    " 0:20 to 1:30, 68 %: System tests",
  ]);
});

it("names the longest files and the file that ended last, and says how long no other file began", async () => {
  const measured = times();
  await measured.measure("Tests", async () => ({ files: [file("a", 0, 9), file("b", 0, 30), file("c", 9, 34)] }));
  expect(measured.lines().slice(-2)).toEqual([
    "   longest: b 30 s, c 25 s, a 9 s",
    "   last to end: c; no file began in the last 25 s",
  ]);
});

it("names the files with the most processor time, if it is known", async () => {
  const measured = times();
  const files = [{ ...file("a", 0, 9), cpuSeconds: 4 }, { ...file("b", 0, 30), cpuSeconds: 12.4 }, file("c", 9, 34)];
  await measured.measure("Tests", async () => ({ files }));
  expect(measured.lines().at(-2)).toBe("   most processor time, of 16 s in all files: b 12 s, a 4 s");
});

it("includes parts that failed", async () => {
  const measured = times();
  const failing = measured.measure("Programs", async () => {
    passes(5, 1);
    throw new Error("no package");
  });
  await expect(failing).rejects.toThrow("no package");
  expect(measured.lines().at(-1)).toBe(" 0:00 to 0:05, 10 %: Programs");
});
