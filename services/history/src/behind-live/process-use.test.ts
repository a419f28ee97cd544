import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { expect, it } from "vitest";
import { ProcessUse } from "./process-use.ts";

it.runIf(existsSync("/proc/self/schedstat"))("a process's use is of all its threads, since the last look", async () => {
  const code = `new (require("worker_threads").Worker)(
    "const until = process.cpuUsage().user + 60_000; while (process.cpuUsage().user < until); process.kill(process.pid, 'SIGSTOP')",
    { eval: true }
  )`;
  const child = spawn(process.execPath, ["-e", `process.stdin.once("data", () => ${code}); console.log(1)`]);
  await once(child.stdout, "data");
  const use = new ProcessUse(child.pid ?? 0);
  try {
    let ranMs = 0;
    child.stdin.write("go");
    while (ranMs < 60) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      const one = use.take();
      expect(one.waitedMs).toBeGreaterThanOrEqual(0);
      ranMs += one.ranMs;
    }
    // Far less than the process has used for its start, or if a look counted what an earlier one had counted.
    expect(ranMs).toBeLessThan(5_000);
  } finally {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  expect(use.take()).toEqual({ ranMs: 0, waitedMs: 0 });
  use.close();
});

it("an unknown process has used nothing", () => {
  expect(new ProcessUse(2 ** 22 + 1).take()).toEqual({ ranMs: 0, waitedMs: 0 });
});
