import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "./clock.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("systemClock", () => {
  it("has wall-clock and monotonic time", () => {
    const [now, elapsed] = [systemClock.now(), systemClock.elapsed()];
    vi.advanceTimersByTime(250);
    expect(systemClock.now()).toBe(now + 250);
    expect(systemClock.elapsed()).toBe(elapsed + 250);
  });

  it("calls after the delay, but not after a cancellation", () => {
    const call = vi.fn();
    const taken = vi.fn();
    systemClock.after(100, call);
    systemClock.after(100, taken)();
    vi.advanceTimersByTime(99);
    expect(call).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(call).toHaveBeenCalledOnce();
    expect(taken).not.toHaveBeenCalled();
  });

  it("does not call at once when the delay is 31 days", () => {
    const call = vi.fn();
    systemClock.after(31 * 86_400_000, call);
    vi.advanceTimersByTime(86_400_000);
    expect(call).not.toHaveBeenCalled();
  });

  it("sleeps for the given time, or until the signal is aborted", async () => {
    const waking = new AbortController();
    const awake = vi.fn();
    void systemClock.sleep(100, waking.signal).then(() => awake("by time"));
    await vi.advanceTimersByTimeAsync(99);
    expect(awake).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(awake).toHaveBeenCalledWith("by time");

    void systemClock.sleep(100, waking.signal).then(() => awake("by the signal"));
    waking.abort();
    await vi.advanceTimersByTimeAsync(0);
    expect(awake).toHaveBeenCalledWith("by the signal");
    expect(vi.getTimerCount()).toBe(0);
    await systemClock.sleep(100, waking.signal);
  });
});
