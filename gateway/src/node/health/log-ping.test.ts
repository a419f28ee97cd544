import { describe, expect, it, vi } from "vitest";
import { LogPing } from "./log-ping.ts";

describe("the log ping", () => {
  it("detects within two seconds that the log hangs, and at once that it is back", async () => {
    vi.useFakeTimers();
    try {
      let hung: PromiseWithResolvers<unknown> | undefined;
      let pings = 0;
      const logPing = new LogPing({
        ping: async () => {
          pings++;
          await hung?.promise;
        },
      });
      logPing.start();
      await vi.advanceTimersByTimeAsync(10_000);
      expect(logPing.answers).toBe(true);
      expect(pings).toBe(21);
      hung = Promise.withResolvers();
      await vi.advanceTimersByTimeAsync(1_400);
      expect(logPing.answers).toBe(true);
      await vi.advanceTimersByTimeAsync(700);
      expect(logPing.answers).toBe(false);
      const waiting = pings;
      await vi.advanceTimersByTimeAsync(60_000);
      expect(pings).toBe(waiting);
      hung.resolve(undefined);
      await vi.advanceTimersByTimeAsync(0);
      expect(logPing.answers).toBe(true);
      logPing.stop();
      await vi.advanceTimersByTimeAsync(10_000);
      expect(pings).toBe(waiting);
    } finally {
      vi.useRealTimers();
    }
  });

  it("does not count a pause of this process as an outage of the log", async () => {
    let pings = 0;
    let changes = 0;
    const ping = () => new Promise((answered) => setImmediate(answered, ++pings));
    const logPing = new LogPing({ ping, timeoutMs: 1, everyMs: 1 });
    logPing.onChange(() => changes++);
    logPing.start();
    const until = performance.now() + 20;
    while (performance.now() < until);
    await vi.waitFor(() => expect(pings).toBeGreaterThan(1));
    expect(changes).toBe(0);
    expect(logPing.answers).toBe(true);
    logPing.stop();
  });

  it("counts a rejected ping as no answer", async () => {
    let refuse = true;
    const logPing = new LogPing({
      ping: () => (refuse ? Promise.reject(new Error("no")) : Promise.resolve()),
      everyMs: 1,
    });
    logPing.start();
    await vi.waitFor(() => expect(logPing.answers).toBe(false));
    refuse = false;
    await vi.waitFor(() => expect(logPing.answers).toBe(true));
    logPing.stop();
  });
});
