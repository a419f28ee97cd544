import type { Clock as SystemClock } from "@fleetlog/runtime";

/** The clock that reactions use; tests pass a clock that they advance by hand. */
export type Clock = Pick<SystemClock, "now" | "elapsed" | "sleep">;
