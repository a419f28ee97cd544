import { describe, expect, it, vi } from "vitest";
import { LogPing } from "./log-ping.ts";

describe("the log ping", () => {
  it("tells within two seconds that the log hangs, and at once that it is back", async () => {
    vi.useFakeTimers();
    try {
      let hung: PromiseWithResolvers<unknown> | undefined;
      let asked = 0;
      const ping = new LogPing({
        ask: async () => {
          asked++;
          await hung?.promise;
        },
      });
      ping.start();
      await vi.advanceTimersByTimeAsync(10_000);
      expect(ping.answers).toBe(true);
      expect(asked).toBe(21);
      hung = Promise.withResolvers();
      await vi.advanceTimersByTimeAsync(1_400);
      expect(ping.answers).toBe(true);
      await vi.advanceTimersByTimeAsync(700);
      expect(ping.answers).toBe(false);
      const waiting = asked;
      await vi.advanceTimersByTimeAsync(60_000);
      expect(asked).toBe(waiting);
      hung.resolve(undefined);
      await vi.advanceTimersByTimeAsync(0);
      expect(ping.answers).toBe(true);
      ping.stop();
      await vi.advanceTimersByTimeAsync(10_000);
      expect(asked).toBe(waiting);
    } finally {
      vi.useRealTimers();
    }
  });

  it("does not blame the log for its own delay", async () => {
    let asked = 0;
    let changes = 0;
    const ask = () => new Promise((answered) => setImmediate(answered, ++asked));
    const ping = new LogPing({ ask, lateMs: 1, everyMs: 1 });
    ping.onChange(() => changes++);
    ping.start();
    const until = performance.now() + 20;
    while (performance.now() < until);
    // It asks again once it has read the answer to the first ping.
    await vi.waitFor(() => expect(asked).toBeGreaterThan(1));
    expect(changes).toBe(0);
    expect(ping.answers).toBe(true);
    ping.stop();
  });

  it("takes a refusal for no answer", async () => {
    let refuse = true;
    const ping = new LogPing({ ask: () => (refuse ? Promise.reject(new Error("no")) : Promise.resolve()), everyMs: 1 });
    ping.start();
    await vi.waitFor(() => expect(ping.answers).toBe(false));
    refuse = false;
    await vi.waitFor(() => expect(ping.answers).toBe(true));
    ping.stop();
  });
});
