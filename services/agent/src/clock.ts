import type { Clock as SystemClock } from "@fleetlog/runtime";

/** Time and timers of the agent; tests replace it by a manual one. */
export type Clock = Pick<SystemClock, "now" | "elapsed" | "after">;
