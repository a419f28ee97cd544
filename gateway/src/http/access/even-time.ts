import { setTimeout as sleep } from "node:timers/promises";

/**
 * Settles like `work`, but only at a multiple of `stepMs` after the call: from the time of the answer nobody can tell what
 * `work` did. The step must be longer than the work takes on a node that is not overloaded.
 */
export async function atEvenTimes<T>(stepMs: number, work: () => Promise<T>): Promise<T> {
  const began = performance.now();
  try {
    return await work();
  } finally {
    const passed = performance.now() - began;
    await sleep(Math.ceil(passed / stepMs) * stepMs - passed);
  }
}
