import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { lastingDifference } from "./lasting-difference.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A comparison with a log. Each look reads the log's next end from the list; the last end repeats. */
function comparison(ends: readonly number[], replicas: number) {
  const rest = [...ends];
  const state = { firstSeq: 1, events: 90, bytes: 0, maxBytes: undefined, replicas };
  const compare = vi.fn(async () => {
    const end = rest.length > 1 ? rest.shift() : rest[0];
    return end === 100 ? undefined : "shorter";
  });
  return { log: { state: async () => ({ ...state, lastSeq: 90 }) }, compare };
}

describe("a lasting difference", () => {
  it("is not reported if the stream has everything", async () => {
    const { log, compare } = comparison([100], 3);
    expect(await lastingDifference(log, "FLEET", compare)).toBeUndefined();
    expect(compare).toHaveBeenCalledTimes(1);
  });

  it("counts at once on one server", async () => {
    const { log, compare } = comparison([90], 1);
    expect(await lastingDifference(log, "FLEET", compare)).toBe("shorter");
    expect(compare).toHaveBeenCalledTimes(1);
  });

  it("does not count in a cluster if a former leader showed an old state", async () => {
    const { log, compare } = comparison([90, 90, 90, 90, 90, 100], 3);
    const found = lastingDifference(log, "FLEET", compare);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await found).toBeUndefined();
  });

  it("counts in a cluster after 15 seconds", async () => {
    const { log, compare } = comparison([90], 3);
    const settled = vi.fn();
    const found = lastingDifference(log, "FLEET", compare).then(settled);
    await vi.advanceTimersByTimeAsync(14_000);
    expect(settled).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(2_000);
    await found;
    expect(settled).toHaveBeenCalledWith("shorter");
  });
});
