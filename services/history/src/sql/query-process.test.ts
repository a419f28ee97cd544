import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { Pacer } from "../behind-live/pacer.ts";
import { tools } from "../behind-live/tools.ts";
import type { QueryTask } from "./process/messages.ts";
import { QueryProcess } from "./query-process.ts";

const never = new AbortController().signal;
/** A task that fails at once in the process. */
const task = { limits: { memory: 2 ** 30 } } as QueryTask;

it.runIf(process.platform === "linux")(
  "while its process can't start, a statement ends if nobody waits for it, or at a limit; the start goes on",
  async () => {
    const one = await QueryProcess.start("low", { startMs: 200 });
    try {
      process.kill(one.pid ?? 0, "SIGSTOP");
      const gone = new AbortController();
      const left = one.run(task, 60_000, gone.signal);
      gone.abort(new Error("nobody reads the answer"));
      await expect(left).rejects.toThrow("nobody reads the answer");
      await expect(one.run(task, 60_000, never)).rejects.toMatchObject({
        code: "history-unavailable",
        message: "the process of the query has not started within 200ms",
      });
      expect(one.isEnded).toBe(false);
    } finally {
      await one.kill();
    }
  },
);

it.runIf(process.platform === "linux")(
  "a statement without processor time ends at its time limit, and the error says why",
  async () => {
    const one = await QueryProcess.start("low");
    try {
      process.kill(one.pid ?? 0, "SIGSTOP");
      await expect(one.run(task, 60_000, AbortSignal.timeout(50))).rejects.toThrow("aborted due to timeout");
      process.kill(one.pid ?? 0, "SIGCONT");
      await expect(one.run(task, 60_000, never)).rejects.toThrow("TypeError");
      process.kill(one.pid ?? 0, "SIGSTOP");
      await expect(one.run(task, 200, never)).rejects.toMatchObject({
        code: "query-limit",
        message: "the query ran longer than 200ms",
        advice: expect.stringMatching(
          /^It had a processor for \d+\.\d s of \d+\.\d s, because other processes come first/,
        ),
      });
      expect(one.isEnded).toBe(true);
    } finally {
      await one.kill();
    }
  },
);

const { diesWithParent } = await tools();

/** A statement over an empty history. */
function taskIn(directory: string, sql: string): QueryTask {
  return {
    ...{ sql, limit: 10, format: "json", out: join(directory, "answer"), spill: join(directory, "spill") },
    store: {
      ...{ directory, tail: {}, seq: 0, projections: [] },
      manifest: { format: 1, fingerprint: "", segments: [], bases: [] },
    },
    visible: { categories: [], onlyDevices: false },
    limits: { memory: 128 * 1024 ** 2, bytes: 1024 ** 2, spill: 1024 ** 2 },
  };
}

const busy = { take: () => ({ ranMs: 10, waitedMs: 10 }), close() {} };

it.runIf(diesWithParent !== undefined)(
  "on a busy machine, a statement is answered with pauses, and its time limit does not count them",
  async () => {
    const directory = mkdtempSync(join(tmpdir(), "query-process-"));
    const pacer = new Pacer({ useOf: () => busy, processors: 2 });
    const one = await QueryProcess.start("low", { pacer });
    try {
      const short = taskIn(directory, "SELECT 7 AS n");
      expect(await one.run(short, 60_000, never)).toMatchObject({ head: { rows: 1 } });
      const paused = pacer.pausedMs;
      expect(paused).toBeGreaterThan(0);
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(pacer.pausedMs).toBe(paused);

      const long = taskIn(directory, "SELECT sum(range) AS n FROM range(10000000)");
      expect(await one.run(long, 60_000, never)).toMatchObject({ head: { rows: 1 } });
      expect(readFileSync(long.out, "utf8")).toContain("49999995000000");

      const [begun, before] = [performance.now(), pacer.pausedMs];
      const endless = taskIn(directory, "SELECT count(*) FROM range(1000000000000)");
      await expect(one.run(endless, 500, never)).rejects.toMatchObject({
        code: "query-limit",
        message: "the query ran longer than 500ms",
      });
      const pausedMs = pacer.pausedMs - before;
      expect(pausedMs).toBeGreaterThan(0);
      expect(performance.now() - begun).toBeGreaterThanOrEqual(Math.min(500 + pausedMs, 2_500) - 1);
      expect(existsSync(`/proc/${one.pid}`)).toBe(false);
    } finally {
      await one.kill();
      rmSync(directory, { recursive: true, force: true });
    }
  },
  60_000,
);
