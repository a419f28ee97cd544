import type { RecordedEvent } from "@fleetlog/domain";

/** Of an event that is in a forward read twice, only the first. */
export async function* withoutRepeats(events: AsyncIterable<RecordedEvent>): AsyncGenerator<RecordedEvent> {
  const ids = new Set<string>();
  for await (const event of events) {
    if (ids.has(event.id)) continue;
    ids.add(event.id);
    yield event;
  }
}
