import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Coalescer, type Hint, MOST_KEYS } from "./coalescer.ts";

let delivered: Hint[];
beforeEach(() => {
  delivered = [];
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

const deliver = (hint: Hint) => void delivered.push(hint);

describe("Coalescer", () => {
  it("tells the first at once, and those that follow together", () => {
    const coalescer = new Coalescer({ everyMs: 250, deliver });
    coalescer.add({ seq: 1, keys: ["a"] });
    expect(delivered).toEqual([{ seq: 1, keys: ["a"] }]);
    for (let seq = 2; seq <= 50; seq++) coalescer.add({ seq, keys: [`k${seq % 3}`] });
    vi.advanceTimersByTime(249);
    expect(delivered).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(delivered[1]).toEqual({ seq: 50, keys: ["k2", "k0", "k1"] });
    vi.advanceTimersByTime(10_000);
    expect(delivered).toHaveLength(2);
    coalescer.add({ seq: 51, keys: null });
    expect(delivered[2]).toEqual({ seq: 51, keys: null });
  });

  it("names no rows when they are too many, or some can't be named", () => {
    const coalescer = new Coalescer({ everyMs: 250, deliver });
    coalescer.add({ seq: 1, keys: ["a"] });
    for (let i = 0; i <= MOST_KEYS; i++) coalescer.add({ seq: 2, keys: [`k${i}`] });
    vi.advanceTimersByTime(250);
    coalescer.add({ seq: 3, keys: ["a"] });
    coalescer.add({ seq: 4, keys: null });
    coalescer.add({ seq: 5, keys: ["b"] });
    vi.advanceTimersByTime(250);
    expect(delivered.slice(1)).toEqual([
      { seq: 2, keys: null },
      { seq: 5, keys: null },
    ]);
  });

  it("keeps one hint for who is behind, and gives it when they have caught up", async () => {
    let caughtUp = () => {};
    let behind: Promise<void> | undefined = new Promise<void>((resolve) => {
      caughtUp = resolve;
    });
    const coalescer = new Coalescer({ everyMs: 250, deliver, blocked: () => behind });
    for (let seq = 1; seq <= 1_000; seq++) {
      coalescer.add({ seq, keys: [`k${seq}`] });
      vi.advanceTimersByTime(10);
    }
    expect(delivered).toEqual([]);
    behind = undefined;
    caughtUp();
    await vi.waitFor(() => expect(delivered).toEqual([{ seq: 1_000, keys: null }]));
  });

  it("holds back what may not be readable yet, also when it comes while another is held back", () => {
    const coalescer = new Coalescer({ everyMs: 50, deliver });
    const event = { seq: 0, keys: null, afterMs: 100 };
    coalescer.add(event);
    vi.advanceTimersByTime(90);
    coalescer.add(event);
    expect(delivered).toHaveLength(0);
    vi.advanceTimersByTime(10);
    expect(delivered).toHaveLength(1);
    vi.advanceTimersByTime(90);
    expect(delivered).toHaveLength(2);
    vi.advanceTimersByTime(1_000);
    expect(delivered).toHaveLength(2);
  });

  it("says nothing after it was stopped", () => {
    const coalescer = new Coalescer({ everyMs: 250, deliver });
    coalescer.add({ seq: 1, keys: ["a"] });
    coalescer.add({ seq: 2, keys: ["a"] });
    coalescer.stop();
    coalescer.add({ seq: 3, keys: ["a"] });
    vi.advanceTimersByTime(1_000);
    expect(delivered).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});
