import {
  type Category,
  type Decider,
  type EventBody,
  type EventFrame,
  FleetError,
  type FleetEvent,
  type RecordedEvent,
  streamOf,
  toEvent,
} from "@fleetlog/domain";
import type { EventLog } from "./log.ts";

export interface Loaded<State> {
  readonly state: State;
  /** Sequence of the newest event of the aggregate's subject; 0 if there is none. */
  readonly lastSeq: number;
}

export interface Handling<State, Command, Event extends EventBody> {
  readonly log: EventLog;
  readonly decider: Decider<State, Command, Event>;
  readonly load: () => Promise<Loaded<State>>;
  readonly command: Command;
  /** The frame of each event that is decided; called anew for each attempt's events. */
  readonly frame: (event: Event) => EventFrame;
  /** As of `AppendOptions`, for each append. */
  readonly patienceMs?: number;
}

export interface Handled<State> {
  readonly state: State;
  /** What was appended; empty when there was nothing to do. */
  readonly events: readonly RecordedEvent[];
  /** The aggregate's newest sequence afterwards. */
  readonly lastSeq: number;
}

const ATTEMPTS = 8;

/**
 * Loads, decides and appends, fenced by the subject's last sequence; when somebody else was first, again from the load.
 *
 * @throws what the decider throws; FleetError `conflict` if others were first eight times in a row
 */
export async function handle<State, Command, Event extends EventBody>(
  handling: Handling<State, Command, Event>,
): Promise<Handled<State>> {
  const { log, decider, load, command, frame, patienceMs } = handling;
  for (let attempt = 1; ; attempt++) {
    let { state, lastSeq } = await load();
    const events: RecordedEvent[] = [];
    try {
      for (const body of decider.decide(command, state)) {
        const event = toEvent(body, frame(body)) as FleetEvent;
        const { seq } = await log.append(event, {
          expectedLastSeq: lastSeq,
          ...(patienceMs !== undefined && { patienceMs }),
        });
        const category = event.subject.split(".")[1] as Category;
        const recorded = { ...event, seq, stream: streamOf(category) } as RecordedEvent;
        events.push(recorded);
        state = decider.evolve(state, recorded);
        lastSeq = seq;
      }
      return { state, events, lastSeq };
    } catch (error) {
      const beaten = error instanceof FleetError && error.code === "conflict";
      if (!beaten || attempt === ATTEMPTS) throw error;
    }
  }
}

/** Loads an aggregate by folding all events of its subject: for aggregates with short histories. */
export async function loadFromLog<State, Command, Event extends EventBody>(
  log: EventLog,
  decider: Decider<State, Command, Event>,
  category: Category,
  entity: string,
): Promise<Loaded<State>> {
  let state = decider.initial;
  let lastSeq = 0;
  for await (const event of log.read({ stream: streamOf(category), category, entity })) {
    state = decider.evolve(state, event);
    lastSeq = event.seq;
  }
  return { state, lastSeq };
}
