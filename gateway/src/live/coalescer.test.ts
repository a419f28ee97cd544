import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Coalescer, type Hint, MAX_KEYS } from "./coalescer.ts";

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
  it("delivers the first hint at once, and merges the following 49 into one", () => {
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

  it("delivers the highest sequence of each stream", () => {
    const coalescer = new Coalescer({ everyMs: 250, deliver });
    coalescer.add({ seq: 1, keys: ["a"] });
    coalescer.add({ seq: 0, seqs: { TELEMETRY: 90 }, keys: ["b"] });
    coalescer.add({ seq: 2, keys: ["b"] });
    coalescer.add({ seq: 0, seqs: { TELEMETRY: 80, ACCESS: 7 }, keys: ["b"] });
    vi.advanceTimersByTime(250);
    coalescer.add({ seq: 3, keys: ["c"] });
    vi.advanceTimersByTime(250);
    expect(delivered.slice(1)).toEqual([
      { seq: 2, seqs: { TELEMETRY: 90, ACCESS: 7 }, keys: ["b"] },
      { seq: 3, keys: ["c"] },
    ]);
  });

  it("delivers no keys when there are more than 256, or when one of the merged hints has none", () => {
    const coalescer = new Coalescer({ everyMs: 250, deliver });
    coalescer.add({ seq: 1, keys: ["a"] });
    for (let i = 0; i <= MAX_KEYS; i++) coalescer.add({ seq: 2, keys: [`k${i}`] });
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

  it("delivers one hint without keys after back-pressure", async () => {
    let unblock = () => {};
    let blocked: Promise<void> | undefined = new Promise<void>((resolve) => {
      unblock = resolve;
    });
    const coalescer = new Coalescer({ everyMs: 250, deliver, whenReady: () => blocked });
    for (let seq = 1; seq <= 1_000; seq++) {
      coalescer.add({ seq, keys: [`k${seq}`] });
      vi.advanceTimersByTime(10);
    }
    expect(delivered).toEqual([]);
    blocked = undefined;
    unblock();
    await vi.waitFor(() => expect(delivered).toEqual([{ seq: 1_000, keys: null }]));
  });

  it("delivers nothing after `stop`", () => {
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
