import type { Decider, EventBody, FleetEvent, RecordedEvent } from "@fleetlog/domain";
import type { Metadata } from "./metadata.ts";

export interface Loaded<State> {
  readonly state: State;
  /**
   * Sequence of the newest event of the entity in this category, 0 if there is none: the append is refused if there is a
   * newer one by then. Undefined: whatever others append meanwhile, the event is appended; its id and the folds settle it.
   */
  readonly lastSeq?: number;
}

export interface Decision<State, Command, Event extends EventBody> {
  readonly decider: Decider<State, Command, Event>;
  readonly load: () => Loaded<State> | Promise<Loaded<State>>;
  readonly command: Command;
  /** Whose history the event belongs to. */
  readonly entity: string;
  /** Of the event; asked after each load where it depends on the state. */
  readonly metadata?: Metadata | ((state: State) => Metadata);
  /** As of `AppendOptions`. */
  readonly timeoutMs?: number;
  /** Called with the event just before it is appended; what this throws keeps it out of the log. */
  readonly beforeAppend?: (event: FleetEvent) => void;
  /** Once it is aborted nothing is appended any more. */
  readonly signal?: AbortSignal;
}

export interface Outcome<State, Event extends EventBody = EventBody> {
  readonly state: State;
  /** What was appended; undefined when there was nothing to do. */
  readonly event: RecordedEvent<Event> | undefined;
  /** The entity's newest sequence afterwards, as far as it was loaded. */
  readonly lastSeq: number;
  /** An event of this id was in the log already. */
  readonly duplicate: boolean;
}
