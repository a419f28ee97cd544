import type { RecordedEvent } from "@fleetlog/domain";
import { decodeEvent } from "../decode.ts";
import { ofCategories, subjectFilter, subjectMatches } from "../filter.ts";
import type { ReadQuery } from "../log.ts";
import type { MemoryStream } from "./stream.ts";

/** Answers a read from what is there when it begins. */
export function* readMemory(stream: MemoryStream, query: ReadQuery): Generator<RecordedEvent> {
  const filter = subjectFilter(query.stream, query);
  const wants = query.categories && ofCategories(query.categories);
  const { firstSeq, lastSeq } = stream.state;
  const backwards = query.direction === "backwards";
  const step = backwards ? -1 : 1;
  const asked = query.fromTime === undefined ? query.fromSeq : stream.seqAt(Date.parse(query.fromTime));
  let left = query.limit ?? Number.POSITIVE_INFINITY;
  let seq = backwards ? Math.min(asked ?? lastSeq, lastSeq) : Math.max(asked ?? firstSeq, firstSeq);
  for (; left > 0 && seq >= firstSeq && seq <= lastSeq; seq += step) {
    const entry = stream.at(seq);
    if (entry === undefined || (filter !== undefined && !subjectMatches(filter, entry.subject))) continue;
    if (wants !== undefined && !wants(entry.subject)) continue;
    const event = decodeEvent(entry.json, entry.subject, entry.seq, query.stream);
    if (event === undefined) continue;
    left -= 1;
    yield event;
  }
}
