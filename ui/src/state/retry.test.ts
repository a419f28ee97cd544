import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { ApiError } from "../data/problem.ts";
import { recovered } from "./recovery.ts";
import { Retry } from "./retry.ts";

const failure = (status: number) => new ApiError({ code: "c", title: "t", detail: "d", status });

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it("retries with growing delays, and starts again with the first delay after a success", () => {
  const again = vi.fn();
  const retry = new Retry(again);
  for (const wait of [2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
    retry.failed(failure(503));
    vi.advanceTimersByTime(wait - 1);
    expect(again).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(again).toHaveBeenCalledOnce();
    again.mockClear();
  }
  retry.stop();
  retry.failed(failure(0));
  vi.advanceTimersByTime(2_000);
  expect(again).toHaveBeenCalledOnce();
});

it("does not repeat a call that was refused or stopped", () => {
  const again = vi.fn();
  const retry = new Retry(again);
  retry.failed(failure(404));
  vi.advanceTimersByTime(60_000);
  retry.failed(failure(503));
  retry.stop();
  vi.advanceTimersByTime(60_000);
  expect(again).not.toHaveBeenCalled();
});

it("retries at once, and only once, when the gateway or the log is back", () => {
  const again = vi.fn();
  const retry = new Retry(again, 5_000);
  for (let failures = 0; failures < 4; failures++) retry.failed(failure(503));
  vi.advanceTimersByTime(1_000);
  recovered();
  recovered();
  expect(again).toHaveBeenCalledOnce();
  vi.advanceTimersByTime(60_000);
  expect(again).toHaveBeenCalledOnce();
  // The first delay again, not the longest.
  retry.failed(failure(503));
  vi.advanceTimersByTime(2_000);
  expect(again).toHaveBeenCalledTimes(2);
  retry.failed(failure(503));
  retry.stop();
  recovered();
  expect(again).toHaveBeenCalledTimes(2);
});
