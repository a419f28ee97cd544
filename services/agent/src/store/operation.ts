import type { CommandResult } from "@fleetlog/protocol";
import type { NewReport } from "./store.ts";

/** One change of a store: what its journal is made of. */
export type Operation =
  | { readonly op: "boot"; readonly boot: number }
  | { readonly op: "put"; readonly key: number; readonly report: NewReport }
  | { readonly op: "remove"; readonly keys: readonly number[] }
  | { readonly op: "drop"; readonly key: number }
  /** Where the counters stand, after earlier operations were thrown away. */
  | { readonly op: "counters"; readonly lastKey: number; readonly telemetry: number; readonly event: number }
  | { readonly op: "begin"; readonly id: string; readonly name: string }
  | { readonly op: "finish"; readonly result: CommandResult; readonly name: string }
  | { readonly op: "acknowledge"; readonly id: string }
  | { readonly op: "forget"; readonly id: string };

/** Where a store's operations go before they count. */
export interface Journal {
  /** @param snapshot what to write instead of everything so far, if the journal has grown too long */
  write(operation: Operation, snapshot: () => Iterable<Operation>): void;
  close(snapshot: () => Iterable<Operation>): void;
}
