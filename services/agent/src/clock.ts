import type { Clock as SystemClock } from "@fleetlog/runtime";

/** Tests pass a manual clock. */
export type Clock = Pick<SystemClock, "now" | "elapsed" | "after">;

/** Waits for the work, but not longer than these milliseconds. */
export async function within(clock: Clock, milliseconds: number, work: Promise<void>): Promise<void> {
  if (milliseconds <= 0) return;
  await new Promise<void>((resolve) => {
    const cancel = clock.after(milliseconds, resolve);
    void work.then(() => {
      cancel();
      resolve();
    });
  });
}
