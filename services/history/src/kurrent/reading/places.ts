import type { RecordedEvent } from "@fleetlog/domain";
import type { Entry } from "../streams/entry.ts";
import type { Source } from "../streams/names.ts";
import type { Library } from "./library.ts";

/** The revision of an event in the stream that is read. */
export function revisionIn(source: Source, entry: Entry): number {
  return source.kind === "category" ? entry.categoryRevision : entry.revision;
}

/**
 * The sequence of the first event with this revision or a later one, by binary search; one more than the last sequence
 * if there is none.
 */
export async function seqOfRevision(library: Library, source: Source, revision: number, last: number): Promise<number> {
  if (revision === 0 || source.stream !== "FLEET" || source.kind === "all") return revision;
  let low = 1;
  let high = last;
  let found = last + 1;
  while (low <= high) {
    const middle = Math.floor((low + high) / 2);
    const event = await firstFrom(library, source, middle);
    const entry = event && event.seq <= last ? library.entryOf(event) : undefined;
    if (entry === undefined) {
      high = middle - 1;
      continue;
    }
    const { seq } = entry;
    const its = revisionIn(source, entry);
    if (its >= revision) found = Math.min(found, seq);
    if (its === revision) return seq;
    if (its > revision) high = middle - 1;
    else low = seq + 1;
  }
  return found;
}

async function firstFrom({ log }: Library, { stream, query }: Source, seq: number): Promise<RecordedEvent | undefined> {
  for await (const event of log.read({ stream, ...query, fromSeq: seq, limit: 1 })) return event;
  return undefined;
}

export async function newestOf({ log }: Library, { stream, query }: Source): Promise<RecordedEvent | undefined> {
  for await (const event of log.read({ stream, ...query, direction: "backwards", limit: 1 })) return event;
  return undefined;
}
