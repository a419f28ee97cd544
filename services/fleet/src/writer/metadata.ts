import type { EventContext } from "@fleetlog/domain";

/** Metadata that all events of a process have in common. */
export interface Origin {
  /** Default author, as a URI reference: `/gateways/<name>`, `/reactors/<name>`. */
  readonly source: string;
  readonly gateway?: string;
  readonly site?: string;
  /** The account of the device that all events are about. */
  readonly account?: string;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

/** Metadata of one event. It overrides the metadata of the process. */
export interface Metadata extends EventContext {
  /** Default: random. Writers of the same fact use the same id, so that the log stores it once. */
  readonly id?: string;
  readonly source?: string;
  /** RFC 3339 in UTC; default now. */
  readonly time?: string;
}
