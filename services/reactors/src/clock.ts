import type { Clock as SystemClock } from "@fleetlog/runtime";

/** Time as reactions need it; tests bring one that stands still. */
export type Clock = Pick<SystemClock, "now" | "elapsed" | "sleep">;
