import type { World } from "./world.ts";

/** One kind of fault: a file in `kinds/` and a line in `kinds/index.ts`. */
export interface Fault {
  readonly name: string;
  /** Why this machine can't have the fault; undefined if it can. */
  unavailable?(world: World): string | undefined;
  /** Makes the fault happen and ends it: then all processes run again. */
  happen(world: World): Promise<void>;
}
