import type { EventContext } from "@fleetlog/domain";

/** Metadata shared by all events of a process; made once, at its start. */
export interface Origin {
  /** URI reference of the default author: `/gateways/<name>`, `/reactors/<name>`. */
  readonly source: string;
  /** The gateway that records the events. */
  readonly gateway?: string;
  /** The site of this gateway. */
  readonly site?: string;
  /** The account of the device that all events are about. */
  readonly account?: string;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

/** Metadata of one event that overrides or extends what the writer fills in. */
export interface Metadata extends EventContext {
  /** Default: random. Writers that may record the same fact use the same id, so that it is stored once. */
  readonly id?: string;
  readonly source?: string;
  /** RFC 3339 in UTC; default now. */
  readonly time?: string;
}
