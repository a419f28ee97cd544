import type { RecordedEvent } from "@fleetlog/domain";
import type { Result } from "../../measure.ts";

/** From the store's process. It asks for events and waits for them. */
export type FromStore =
  | { readonly next: true }
  | { readonly progress: string }
  | { readonly results: readonly Result[] };

/** To the store's process. An empty list: there are no more events. */
export interface Batch {
  readonly events: readonly RecordedEvent[];
}
