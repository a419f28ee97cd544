import { describe, expect, it } from "vitest";
import { ManualClock } from "../testing/manual-clock.ts";
import { RateLimit } from "./rate-limit.ts";

describe("RateLimit", () => {
  it("lets so many through at once, and so many a second after that", async () => {
    const clock = new ManualClock();
    const rate = new RateLimit(10, 5, clock);
    expect(rate.available).toBe(5);
    rate.take(5);
    expect(rate.available).toBe(0);
    expect(rate.untilAvailable(1)).toBe(100);
    await clock.advance(100);
    expect(rate.available).toBe(1);
    await clock.advance(10_000);
    expect(rate.available).toBe(5);
    expect(rate.untilAvailable(1_000)).toBe(0);
  });

  it("gives nothing for a clock that was set back", async () => {
    const clock = new ManualClock(1_000_000);
    const rate = new RateLimit(10, 5, clock);
    rate.take(5);
    clock.jump(-500_000);
    expect(rate.available).toBe(0);
    await clock.advance(100);
    expect(rate.available).toBe(1);
  });
});
