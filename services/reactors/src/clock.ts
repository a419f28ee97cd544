import type { Clock as SystemClock } from "@fleetlog/runtime";

export type Clock = Pick<SystemClock, "now" | "elapsed" | "sleep">;
