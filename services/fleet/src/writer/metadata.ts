import type { EventContext } from "@fleetlog/domain";

/** What all events of a process have in common; made once, at its start. */
export interface Origin {
  /** URI reference of their author where the event names none: `/gateways/<name>`, `/reactors/<name>`. */
  readonly source: string;
  /** The gateway that records them. */
  readonly gateway?: string;
  /** The site that this gateway is at. */
  readonly site?: string;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

/** What an event carries beside its body, as far as it differs from what the writer fills in. */
export interface Metadata extends EventContext {
  /** Default: random. Two writers that may record the same give the same id, so that it is one event. */
  readonly id?: string;
  readonly source?: string;
  /** RFC 3339 in UTC; default now. */
  readonly time?: string;
}
