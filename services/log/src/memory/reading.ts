import type { RecordedEvent } from "@fleetlog/domain";
import { decodeEvent } from "../decode.ts";
import { matchesCategories, subjectFilter, subjectMatches } from "../filter.ts";
import type { ReadQuery } from "../log.ts";
import type { MemoryStream } from "./stream.ts";

export function* readMemory(stream: MemoryStream, query: ReadQuery): Generator<RecordedEvent> {
  const filter = subjectFilter(query.stream, query);
  const matches = query.categories && matchesCategories(query.categories);
  const { firstSeq, lastSeq } = stream.state;
  const backwards = query.direction === "backwards";
  const step = backwards ? -1 : 1;
  const start = query.fromTime === undefined ? query.fromSeq : stream.seqAt(Date.parse(query.fromTime));
  let left = query.limit ?? Number.POSITIVE_INFINITY;
  let seq = backwards ? Math.min(start ?? lastSeq, lastSeq) : Math.max(start ?? firstSeq, firstSeq);
  for (; left > 0 && seq >= firstSeq && seq <= lastSeq; seq += step) {
    const entry = stream.at(seq);
    if (entry === undefined || (filter !== undefined && !subjectMatches(filter, entry.subject))) continue;
    if (matches !== undefined && !matches(entry.subject)) continue;
    const event = decodeEvent(entry.json, entry.subject, entry.seq, query.stream);
    if (event === undefined) continue;
    left -= 1;
    yield event;
  }
}
