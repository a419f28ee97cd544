import { describe, expect, it } from "vitest";
import { ManualClock } from "../testing/manual-clock.ts";
import { PendingCalls } from "./pending-calls.ts";

function pendingCalls() {
  const clock = new ManualClock();
  let timeouts = 0;
  const calls = new PendingCalls(clock, 1_000, () => {
    timeouts += 1;
  });
  return { clock, calls, timeouts: () => timeouts };
}

const never = () => new Promise<void>(() => {});

describe("PendingCalls", () => {
  it("times out a call when no call was answered for 1,000 ms", async () => {
    const { clock, calls, timeouts } = pendingCalls();
    const failed = expect(calls.run(never)).rejects.toThrow("no acknowledgement within 1000 ms");
    await clock.advance(1_000);
    await failed;
    expect(timeouts()).toBe(1);
    expect(clock.untilNext).toBeUndefined();
  });

  it("times out a call after 1,000 ms if the device's clock is set back", async () => {
    const { clock, calls, timeouts } = pendingCalls();
    await calls.run(async () => {});
    const failed = expect(calls.run(never)).rejects.toThrow("no acknowledgement");
    clock.jump(-86_400_000);
    await clock.advance(1_000);
    await failed;
    expect(timeouts()).toBe(1);
  });

  it("extends a call's timeout while other calls are answered, up to ten times", async () => {
    const { clock, calls, timeouts } = pendingCalls();
    const failed = expect(calls.run(never)).rejects.toThrow("no acknowledgement");
    for (let n = 0; n < 18; n++) {
      await clock.advance(500);
      await calls.run(async () => {});
    }
    expect(timeouts()).toBe(0);
    for (let n = 0; n < 2; n++) {
      await clock.advance(500);
      await calls.run(async () => {});
    }
    await failed;
    expect(timeouts()).toBe(1);
  });

  it("rejects pending and later calls when the connection ends", async () => {
    const { clock, calls } = pendingCalls();
    const failed = Promise.all([1, 2].map(() => expect(calls.run(never)).rejects.toThrow("has ended: gone")));
    calls.end("gone");
    await failed;
    let begun = false;
    const late = calls.run(async () => {
      begun = true;
    });
    await expect(late).rejects.toThrow("gone");
    expect(begun).toBe(false);
    expect(clock.untilNext).toBeUndefined();
  });
});
