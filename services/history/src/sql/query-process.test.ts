import { expect, it } from "vitest";
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
