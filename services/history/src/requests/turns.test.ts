import { expect, it, onTestFinished, vi } from "vitest";
import { Turns } from "./turns.ts";

const never = new AbortController().signal;

/** Work that ends when the test says so. */
function held(turns: Turns, signal?: AbortSignal) {
  const { promise, resolve: end } = Promise.withResolvers<void>();
  let hasBegun = false;
  const done = turns.run(async () => {
    hasBegun = true;
    await promise;
  }, signal);
  done.catch(() => {});
  return { done, end, hasBegun: () => hasBegun };
}

it("a limited number of calls run at once, and the others follow in their order", async () => {
  const turns = new Turns({ running: 1, waiting: 2, waitMs: 60_000 });
  const [first, second, third] = [held(turns), held(turns), held(turns, never)];
  await expect(held(turns).done).rejects.toMatchObject({ code: "history-unavailable" });
  first.end();
  await first.done;
  await expect.poll(second.hasBegun).toBe(true);
  expect(third.hasBegun()).toBe(false);
  second.end();
  third.end();
  await third.done;
});

it("a call that nobody waits for leaves its place to another one", async () => {
  const turns = new Turns({ running: 1, waiting: 1, waitMs: 60_000 });
  const gone = new AbortController();
  const first = held(turns);
  const left = held(turns, gone.signal);
  gone.abort(new Error("away"));
  await expect(left.done).rejects.toThrow("away");
  const next = held(turns);
  first.end();
  await expect.poll(next.hasBegun).toBe(true);
  expect(left.hasBegun()).toBe(false);
  next.end();
  await next.done;
  await turns.run(async () => {});
});

it("a call does not wait longer than its limit", async () => {
  const turns = new Turns({ running: 1, waiting: 1, waitMs: 20 });
  const first = held(turns);
  await expect(held(turns).done).rejects.toMatchObject({ code: "history-unavailable" });
  first.end();
  await first.done;
  await turns.run(async () => {});
});

it("tells for how long a call has waited for its turn, the longest of all", async () => {
  vi.useFakeTimers({ toFake: ["performance", "setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const turns = new Turns({ running: 1, waiting: 2, waitMs: 60_000 });
  const first = held(turns);
  expect(turns.longestWaitMs).toBeUndefined();
  const second = held(turns);
  vi.advanceTimersByTime(300);
  const third = held(turns);
  vi.advanceTimersByTime(200);
  expect(turns.longestWaitMs).toBe(500);
  first.end();
  await first.done;
  expect(turns.longestWaitMs).toBe(200);
  second.end();
  third.end();
  await third.done;
  expect(turns.longestWaitMs).toBeUndefined();
});
