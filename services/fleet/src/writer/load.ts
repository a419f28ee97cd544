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
  const ids = new Set<string>();
  for await (const event of log.read({ stream: streamOf(category), category, entity })) {
    // A repeat changes nothing, but may be the newest entry, which the next append expects.
    if (!ids.has(event.id)) state = decider.evolve(state, event);
    ids.add(event.id);
    lastSeq = event.seq;
  }
  return { state, lastSeq, ids };
}
