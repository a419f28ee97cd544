import type { Clock as SystemClock } from "@fleetlog/runtime";

/** Tests pass a manual clock. */
export type Clock = Pick<SystemClock, "now" | "elapsed" | "after">;
