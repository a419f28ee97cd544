import { describe, expect, it } from "vitest";
import { waitBefore } from "./backoff.ts";
import type { Part, RunningPart } from "./part.ts";
import { supervise } from "./supervise.ts";

const backoff = { firstMs: 1, mostMs: 4, soundAfterMs: 60_000 };

/** A part in memory, which ends when the test says so. */
class MemoryPart implements Part {
  readonly name = "memory";
  readonly starts: (RunningPart & { end: (why: string) => void })[] = [];
  failing = 0;
  #waiting: (() => void) | undefined;

  async start(): Promise<RunningPart> {
    if (this.failing-- > 0) throw new Error("no luck");
    const { promise: exited, resolve: end } = Promise.withResolvers<string>();
    const running = {
      pid: this.starts.length + 1,
      mark: "memory",
      ready: "",
      exited,
      end,
      stop: async () => end("stopped"),
      kill: () => end("killed"),
    };
    this.starts.push(running);
    this.#waiting?.();
    return running;
  }

  /** Resolves once it was started so often. */
  async started(times: number): Promise<void> {
    while (this.starts.length < times) {
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    }
  }
}

describe("supervise", () => {
  it("starts a part again after each end, and says why and when", async () => {
    const part = new MemoryPart();
    const said: string[] = [];
    const supervised = supervise(part, { backoff, say: (line) => said.push(line) });
    await supervised.ready;
    part.starts[0]?.end("it fell");
    await part.started(2);
    part.starts[1]?.end("it fell again");
    await part.started(3);
    await supervised.stop();
    expect(said).toEqual([
      "memory ended (it fell); starting it again in 0.001 s",
      "memory is back (pid 2)",
      "memory ended (it fell again); starting it again in 0.002 s",
      "memory is back (pid 3)",
    ]);
  });

  it("does not start it again once it was stopped", async () => {
    const part = new MemoryPart();
    const supervised = supervise(part, { backoff, say: () => undefined });
    await supervised.ready;
    await supervised.stop();
    expect(part.starts).toHaveLength(1);
  });

  it("stops while it waits for the next start", async () => {
    const part = new MemoryPart();
    let waiting: (() => void) | undefined;
    const waits = new Promise<void>((resolve) => {
      waiting = resolve;
    });
    const supervised = supervise(part, {
      backoff: { ...backoff, firstMs: 3_600_000, mostMs: 3_600_000 },
      say: () => waiting?.(),
    });
    await supervised.ready;
    part.starts[0]?.end("it fell");
    await waits;
    await supervised.stop();
    expect(part.starts).toHaveLength(1);
  });

  it("gives up when the first starts all fail, but never after one that worked", async () => {
    const never = new MemoryPart();
    never.failing = 3;
    await expect(supervise(never, { backoff, firstAttempts: 3, say: () => undefined }).ready).rejects.toThrow(
      "memory did not start: no luck",
    );

    const later = new MemoryPart();
    const supervised = supervise(later, { backoff, firstAttempts: 3, say: () => undefined });
    await supervised.ready;
    later.failing = 5;
    later.starts[0]?.end("it fell");
    await later.started(2);
    await supervised.stop();
  });
});

describe("waitBefore", () => {
  it("doubles up to the most", () => {
    expect([1, 2, 3, 4, 99].map((failures) => waitBefore(failures, backoff))).toEqual([1, 2, 4, 4, 4]);
  });
});
