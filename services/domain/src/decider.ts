import type { AnyBody, Recorded } from "./envelope.ts";

/** The result of a decision: one event, or none. Reactions record the consequences for other aggregates. */
export type Decided<Event> = readonly [] | readonly [Event];

/**
 * The rules of one aggregate. Both functions are pure: the command carries the time, the random values and the external
 * data that a decision needs. `decide` returns no event if there is nothing to do (the command was done before), and
 * throws a FleetError if the command must be refused. `evolve` takes any event of the log and ignores an event that
 * changes nothing, such as a redelivered one; an implementation declares only the event types that it reads.
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
