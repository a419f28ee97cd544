import { expect, it } from "vitest";
import type { QueryTask } from "./process/messages.ts";
import { QueryProcess } from "./query-process.ts";

const never = new AbortController().signal;
/** Fails at once, in the process. */
const task = { limits: { memory: 2 ** 30 } } as QueryTask;

it.runIf(process.platform === "linux")(
  "a statement without processor time ends at its time limit, and the error says why",
  async () => {
    const one = new QueryProcess("low");
    try {
      await expect(one.run(task, 60_000, never)).rejects.toThrow();
      process.kill(one.pid ?? 0, "SIGSTOP");
      await expect(one.run(task, 200, never)).rejects.toMatchObject({
        code: "query-limit",
        message: "the query ran longer than 200ms",
        advice: expect.stringMatching(/^It had a processor for \d+ms of this time/),
      });
      expect(one.isEnded).toBe(true);
    } finally {
      await one.kill();
    }
  },
);
