import type { RecordedEvent } from "@fleetlog/domain";

/** The events of a forward read without repeats: of equal ids, only the first. */
export async function* withoutRepeats(events: AsyncIterable<RecordedEvent>): AsyncGenerator<RecordedEvent> {
  const ids = new Set<string>();
  for await (const event of events) {
    if (ids.has(event.id)) continue;
    ids.add(event.id);
    yield event;
  }
}
