import type { CommandResult } from "@fleetlog/protocol";
import type { NewReport } from "./store.ts";

/** A change of the store. In this list, the operations above `begin` concern reports; `begin` and those below it concern commands. */
export type Operation =
  | { readonly op: "boot"; readonly boot: number }
  | { readonly op: "put"; readonly key: number; readonly report: NewReport }
  /** The gateway has acknowledged these reports. */
  | { readonly op: "remove"; readonly keys: readonly number[] }
  /** The store was full. */
  | { readonly op: "drop"; readonly key: number }
  /** The counters at the beginning of a rewritten journal. */
  | { readonly op: "counters"; readonly lastKey: number; readonly telemetry: number; readonly event: number }
  | { readonly op: "begin"; readonly id: string; readonly name: string }
  | { readonly op: "finish"; readonly result: CommandResult; readonly name: string }
  | { readonly op: "acknowledge"; readonly id: string }
  | { readonly op: "forget"; readonly id: string };

export interface Journal {
  /** @param snapshot operations that replace everything written so far */
  write(operation: Operation, snapshot: () => Iterable<Operation>): void;
  close(snapshot: () => Iterable<Operation>): void;
}
