import type { Clock as SystemClock } from "@fleetlog/runtime";

/** Time and timers of the agent; tests pass a manual clock instead. */
export type Clock = Pick<SystemClock, "now" | "elapsed" | "after">;
