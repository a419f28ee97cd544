import type { AnyEventBody, RecordedEvent } from "./event.ts";

/**
 * How one aggregate decides. Pure: what it needs of clock, randomness or the world is in the command.
 * `decide` returns no event when there is nothing to do (the command was done before), and throws a
 * FleetError when the command must be refused. `evolve` ignores events that change nothing, redelivered ones among them.
 */
export interface Decider<State, Command, Event extends AnyEventBody> {
  readonly initial: State;
  decide(command: Command, state: State): readonly Event[];
  evolve(state: State, event: RecordedEvent): State;
}

export function fold<State, Command, Event extends AnyEventBody>(
  decider: Decider<State, Command, Event>,
  events: Iterable<RecordedEvent>,
  from: State = decider.initial,
): State {
  let state = from;
  for (const event of events) state = decider.evolve(state, event);
  return state;
}
