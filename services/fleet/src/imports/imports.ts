import type { ImportOwner } from "./record.ts";
import type { ImportStore } from "./store.ts";

/** Where imports are kept, and who works on them. */
export interface Imports {
  readonly store: ImportStore;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** This process, now. */
  owner(): ImportOwner;
  /** Queues an import. @param isNew nobody has worked on it yet */
  work(id: string, isNew?: boolean): void;
}
