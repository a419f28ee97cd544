import type { AnyBody, Recorded } from "./envelope.ts";

/** The result of a decision: one event, or nothing to do. Consequences elsewhere are events of reactions. */
export type Decided<Event> = readonly [] | readonly [Event];

/**
 * The rules of one aggregate. Pure: the command carries everything that a decision needs of clock, randomness or the
 * outside. `decide` returns no event if there is nothing to do (the command was done before), and throws a FleetError if
 * the command must be refused. `evolve` takes any event of the log and ignores those that change nothing, redelivered
 * ones too; its implementation is typed with the events that it reads.
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
