import type { ImportOwner } from "./record.ts";
import type { ImportStore } from "./store.ts";

/** The store of imports, and the worker. */
export interface Imports {
  readonly store: ImportStore;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  owner(): ImportOwner;
  /** Queues an import. @param isNew no process has worked on it yet */
  work(id: string, isNew?: boolean): void;
}
