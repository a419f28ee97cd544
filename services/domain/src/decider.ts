import type { AnyBody, Recorded } from "./envelope.ts";

/** At most one event. Reactions record consequences for other aggregates. */
export type Decided<Event> = readonly [] | readonly [Event];
/**
 * The rules of one aggregate, as pure functions: commands carry time and random values. `decide` returns no event for a
 * repeated command, and throws a FleetError to refuse. `evolve` gets every event, and recognises a redelivery by the
 * state's `seq`, the sequence of the newest event that changed it.
 */
export interface Decider<State, Command, Event extends AnyBody> {
  readonly initial: State;
  decide(command: Command, state: State): Decided<Event>;
  evolve(state: State, event: Recorded<AnyBody>): State;
}

export function fold<State, Command, Event extends AnyBody>(
  decider: Decider<State, Command, Event>,
  events: Iterable<Recorded<AnyBody>>,
  from: State = decider.initial,
): State {
  let state = from;
  for (const event of events) state = decider.evolve(state, event);
  return state;
}
