import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { afterProcessorTime, processorMs } from "./processor-time.ts";

/** Runs code in a process whose title is hard to parse in `/proc`, until the task has ended. */
async function beside(code: string, task: (pid: number | undefined) => Promise<void>): Promise<number | undefined> {
  const child = spawn(process.execPath, ["-e", `process.title = "a) R (b"; console.log(1); ${code}`]);
  const exited = once(child, "exit");
  await once(child.stdout, "data");
  try {
    await task(child.pid);
  } finally {
    child.kill("SIGKILL");
    await exited;
  }
  return child.pid;
}

describe.runIf(process.platform === "linux")("the wait for processor time", () => {
  it("ends when the process has used the time", async () => {
    await beside("for (;;);", async (pid) => {
      const before = processorMs(pid) ?? Number.NaN;
      await new Promise<void>((resolve) => afterProcessorTime(pid, 50, resolve));
      expect((processorMs(pid) ?? 0) - before).toBeGreaterThanOrEqual(50);
    });
  });

  it("does not end while the process waits", async () => {
    const pid = await beside("process.stdin.resume()", async (waiting) => {
      let isOver = false;
      const stopWaiting = afterProcessorTime(waiting, 300, () => {
        isOver = true;
      });
      await new Promise((resolve) => setTimeout(resolve, 600));
      stopWaiting();
      expect(isOver).toBe(false);
    });
    expect(processorMs(pid)).toBeUndefined();
  });
});

it("for an unknown process, the wait ends after the milliseconds by the clock", async () => {
  const from = performance.now();
  await new Promise<void>((resolve) => afterProcessorTime(undefined, 30, resolve));
  expect(performance.now() - from).toBeGreaterThanOrEqual(29);
});
