import type { World } from "./world.ts";

/** One kind of fault. A new one is a file in `kinds/` and a line in `kinds/index.ts`. */
export interface Fault {
  readonly name: string;
  /** Why the fault can't happen on this machine; undefined if it can. */
  unavailable?(world: World): string | undefined;
  /** Makes the fault happen and ends it: all processes run again when the promise resolves. */
  happen(world: World): Promise<void>;
}
