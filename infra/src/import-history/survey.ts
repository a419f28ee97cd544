import { isSealedText, type StreamName } from "@fleetlog/domain";
import { KnownIds } from "@fleetlog/log";
import type { HistoryRecord } from "./record.ts";

/** The contents of an export's file. */
export interface Survey {
  readonly file: string;
  readonly stream: StreamName;
  /** Number of events without repeats, which views leave out, too. */
  readonly events: number;
  readonly repeats: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly firstTime: string;
  readonly lastTime: string;
  readonly bytes: number;
  /** Events that have personal fields, sealed. */
  readonly sealed: number;
}

/** @throws Error of one line if the file can't be imported */
export async function survey(file: string, records: AsyncIterable<HistoryRecord>): Promise<Survey> {
  const ids = new KnownIds();
  let first: HistoryRecord | undefined;
  let last: HistoryRecord | undefined;
  let [events, repeats, bytes, sealed] = [0, 0, 0, 0];
  for await (const record of records) {
    if (first !== undefined && record.stream !== first.stream) {
      throw new Error(`${file}: sequence ${record.seq} is of ${record.stream}, but the file is of ${first.stream}`);
    }
    if (last !== undefined && record.seq <= last.seq) {
      throw new Error(`${file}: sequence ${record.seq} comes after ${last.seq}; the file is not an export`);
    }
    first ??= record;
    last = record;
    if (!ids.add(record.event.id)) {
      repeats += 1;
      continue;
    }
    events += 1;
    bytes += record.bytes;
    if (hasSealed(record.event.data)) sealed += 1;
  }
  if (first === undefined || last === undefined) throw new Error(`${file}: there is no event in it`);
  const { stream } = first;
  const times = { firstTime: first.event.time, lastTime: last.event.time };
  return { file, stream, events, repeats, firstSeq: first.seq, lastSeq: last.seq, ...times, bytes, sealed };
}

/** Whether the imported events get the sequences that they had. */
export function keepsSequences({ firstSeq, lastSeq, events }: Survey): boolean {
  return firstSeq === 1 && lastSeq === events;
}

function hasSealed(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return isSealedText(value) || Object.values(value).some(hasSealed);
}
