import type { RecordedEvent } from "@fleetlog/domain";
import { decodeEvent } from "../decode.ts";
import { matchesCategories, subjectFilter, subjectMatches } from "../filter.ts";
import type { PageQuery, ReadQuery } from "../log.ts";
import type { MemoryStream, StoredEntry } from "./stream.ts";

export function* readMemory(stream: MemoryStream, query: ReadQuery): Generator<RecordedEvent> {
  let left = query.limit ?? Number.POSITIVE_INFINITY;
  if (left === 0) return;
  for (const entry of entriesInMemory(stream, query)) {
    const event = decodeEvent(entry.json, entry.subject, entry.seq, query.stream);
    if (event === undefined || query.ids?.(event.id) === false) continue;
    yield event;
    left -= 1;
    if (left === 0) return;
  }
}

export function* entriesInMemory(stream: MemoryStream, query: PageQuery): Generator<StoredEntry> {
  const filter = subjectFilter(query.stream, query);
  const matches = query.categories && matchesCategories(query.categories);
  const { firstSeq, lastSeq } = stream.state;
  const backwards = query.direction === "backwards";
  const step = backwards ? -1 : 1;
  const start = query.fromTime === undefined ? query.fromSeq : stream.seqAt(Date.parse(query.fromTime));
  let seq = backwards ? Math.min(start ?? lastSeq, lastSeq) : Math.max(start ?? firstSeq, firstSeq);
  for (; seq >= firstSeq && seq <= lastSeq; seq += step) {
    const entry = stream.at(seq);
    if (entry === undefined || (filter !== undefined && !subjectMatches(filter, entry.subject))) continue;
    if (matches !== undefined && !matches(entry.subject)) continue;
    yield entry;
  }
}
