import type { AnyBody, Recorded } from "./envelope.ts";

/** What a decision comes to: nothing to do, or one event. What follows elsewhere is a reaction's. */
export type Decided<Event> = readonly [] | readonly [Event];

/**
 * How one aggregate decides. Pure: what it needs of clock, randomness or the world is in the command.
 * `decide` returns no event when there is nothing to do (the command was done before), and throws a
 * FleetError when the command must be refused. `evolve` takes any event of the log and ignores those that change
 * nothing, redelivered ones among them; an implementation names the types that it reads.
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
