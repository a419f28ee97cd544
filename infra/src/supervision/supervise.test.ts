import { pauseAfter } from "@fleetlog/runtime";
import { describe, expect, it } from "vitest";
import type { ManagedProcess, RunningProcess } from "./managed-process.ts";
import { RESTARTS, supervise } from "./supervise.ts";

const backoff = { firstMs: 1, longestMs: 4, jitter: "none", soundAfterMs: 60_000 } as const;

class MemoryProcess implements ManagedProcess {
  readonly name = "memory";
  readonly starts: (RunningProcess & { end: (reason: string) => void })[] = [];
  failing = 0;
  #waiting: (() => void) | undefined;

  async start(): Promise<RunningProcess> {
    if (this.failing-- > 0) throw new Error("no luck");
    const { promise: exited, resolve: end } = Promise.withResolvers<string>();
    const running = {
      pid: this.starts.length + 1,
      mark: "memory",
      readyText: "",
      exited,
      end,
      stop: async () => end("stopped"),
      kill: () => end("killed"),
    };
    this.starts.push(running);
    this.#waiting?.();
    return running;
  }

  async started(times: number): Promise<void> {
    while (this.starts.length < times) {
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    }
  }
}

describe("supervise", () => {
  it("restarts a process after each end, and reports the reason and the delay", async () => {
    const managed = new MemoryProcess();
    const said: string[] = [];
    const supervised = supervise(managed, { backoff, say: (line) => said.push(line) });
    await supervised.ready;
    managed.starts[0]?.end("it fell");
    await managed.started(2);
    managed.starts[1]?.end("it fell again");
    await managed.started(3);
    await supervised.stop();
    expect(said).toEqual([
      "memory ended (it fell); restarting it in 0.001 s",
      "memory is running again (pid 2)",
      "memory ended (it fell again); restarting it in 0.002 s",
      "memory is running again (pid 3)",
    ]);
  });

  it("does not restart a process after `stop`", async () => {
    const managed = new MemoryProcess();
    const supervised = supervise(managed, { backoff, say: () => undefined });
    await supervised.ready;
    await supervised.stop();
    expect(managed.starts).toHaveLength(1);
  });

  it("can be stopped while it waits for the next start", async () => {
    const managed = new MemoryProcess();
    let waiting: (() => void) | undefined;
    const waits = new Promise<void>((resolve) => {
      waiting = resolve;
    });
    const supervised = supervise(managed, {
      backoff: { ...backoff, firstMs: 3_600_000, longestMs: 3_600_000 },
      say: () => waiting?.(),
    });
    await supervised.ready;
    managed.starts[0]?.end("it fell");
    await waits;
    await supervised.stop();
    expect(managed.starts).toHaveLength(1);
  });

  it("gives up when the first starts all fail, but never after a successful start", async () => {
    const never = new MemoryProcess();
    never.failing = 3;
    await expect(supervise(never, { backoff, firstAttempts: 3, say: () => undefined }).ready).rejects.toThrow(
      "memory did not start: no luck",
    );

    const later = new MemoryProcess();
    const supervised = supervise(later, { backoff, firstAttempts: 3, say: () => undefined });
    await supervised.ready;
    later.failing = 5;
    later.starts[0]?.end("it fell");
    await later.started(2);
    await supervised.stop();
  });
});

describe("RESTARTS", () => {
  it("grow from half a second to half a minute, twice as long each time", () => {
    const waits = [1, 2, 3, 4, 5, 6, 7, 99].map((failures) => pauseAfter(failures, RESTARTS));
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  });
});
