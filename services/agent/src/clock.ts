import type { Clock as SystemClock } from "@fleetlog/runtime";

/** Time as the agent needs it; tests bring one that stands still. */
export type Clock = Pick<SystemClock, "now" | "elapsed" | "after">;
