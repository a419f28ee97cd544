import { expect, it, vi } from "vitest";
import { ManualClock } from "../testing/manual-clock.ts";
import { heartbeat } from "./heartbeat.ts";

it.each([
  ["forward", 365 * 86_400_000],
  ["back", -365 * 86_400_000],
])("a heartbeat notices a silent peer if the device's clock is put %s by a year", async (_, jump) => {
  const clock = new ManualClock();
  const ping = vi.fn();
  const onTimeout = vi.fn();
  const stop = heartbeat(clock, 1_000, { ping, onTimeout, onReceived: () => {} });
  await clock.advance(500);
  clock.jump(jump);
  await clock.advance(499);
  expect(ping).not.toHaveBeenCalled();
  await clock.advance(1);
  expect(ping).toHaveBeenCalledOnce();
  expect(onTimeout).not.toHaveBeenCalled();
  await clock.advance(1_000);
  expect(onTimeout).toHaveBeenCalledOnce();
  stop();
});
