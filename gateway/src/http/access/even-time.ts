import { setTimeout as sleep } from "node:timers/promises";

/**
 * Settles like `work`, but after a multiple of `stepMs`, so that the time tells nothing about `work`. The step must be
 * longer than `work` usually takes.
 */
export async function atEvenTimes<T>(stepMs: number, work: () => Promise<T>): Promise<T> {
  const began = performance.now();
  try {
    return await work();
  } finally {
    const passed = performance.now() - began;
    // Timers cut fractions off.
    await sleep(Math.ceil(Math.ceil(passed / stepMs) * stepMs - passed));
  }
}
