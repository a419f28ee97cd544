import { type Category, type Decider, type EventBody, streamOf } from "@fleetlog/domain";
import type { EventLog } from "@fleetlog/log";
import type { Loaded } from "./decision.ts";

/** Loads an entity by folding all its events; for short histories. */
export async function loadFromLog<State, Command, Event extends EventBody>(
  log: EventLog,
  decider: Decider<State, Command, Event>,
  category: Category,
  entity: string,
): Promise<Required<Loaded<State>>> {
  let state = decider.initial;
  let lastSeq = 0;
  for await (const event of log.read({ stream: streamOf(category), category, entity })) {
    state = decider.evolve(state, event);
    lastSeq = event.seq;
  }
  return { state, lastSeq };
}
