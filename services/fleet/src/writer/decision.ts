import type { Decider, EventBody, FleetEvent, RecordedEvent } from "@fleetlog/domain";
import type { Metadata } from "./metadata.ts";

export interface Loaded<State> {
  readonly state: State;
  /**
   * Sequence of the entity's newest event in this category, or 0. The append is refused if there is a newer event.
   * Undefined: the append is never refused for a newer event. Then an event with the same id is stored once, and the fold
   * must resolve conflicts with other events.
   */
  readonly lastSeq?: number;
  /** Ids of the entity's events. A decision whose event is among them appends nothing. */
  readonly ids?: ReadonlySet<string>;
}

export interface Decision<State, Command, Event extends EventBody> {
  readonly decider: Decider<State, Command, Event>;
  readonly load: () => Loaded<State> | Promise<Loaded<State>>;
  readonly command: Command;
  readonly entity: string;
  /** A function is called after each load. */
  readonly metadata?: Metadata | ((state: State) => Metadata);
  readonly timeoutMs?: number;
  /** Called with the event just before the append; an error prevents the append. */
  readonly beforeAppend?: (event: FleetEvent) => void;
  /** Nothing is appended after the signal is aborted. */
  readonly signal?: AbortSignal;
}

export interface Outcome<State, Event extends EventBody = EventBody> {
  readonly state: State;
  /** The appended event; undefined when there was nothing to do. */
  readonly event: RecordedEvent<Event> | undefined;
  /** The entity's newest sequence afterwards; 0 when it was neither loaded nor appended. */
  readonly lastSeq: number;
  /** The log already had an event with this id. */
  readonly duplicate: boolean;
}
