import type { World } from "./world.ts";

/** One kind of fault. */
export interface Fault {
  readonly name: string;
  /** Why this machine can't have the fault; undefined if it can. */
  unavailable?(world: World): string | undefined;
  /** Causes the fault and ends it; then all processes run again. */
  happen(world: World): Promise<void>;
}
