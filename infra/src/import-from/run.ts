import { atOnce } from "./at-once.ts";
import { Repeats } from "./plan/repeats.ts";
import {
  type Numbered,
  type Outcome,
  type Planned,
  type PlannedDevice,
  type PlannedPerson,
  type ReadRecord,
  RecordFault,
  refused,
} from "./records.ts";

/** Devices are looked up by their ids in one URL, which must not get too long. */
const CHUNK = 100;
const PEOPLE_AT_ONCE = 4;

export interface ImportRun {
  readonly records: AsyncIterable<ReadRecord>;
  plan(fields: Readonly<Record<string, unknown>>): Planned;
  importDevices(devices: readonly Numbered<PlannedDevice>[]): Promise<void>;
  importPerson(person: Numbered<PlannedPerson>): Promise<void>;
  report(outcome: Outcome): void;
  /** Called after each chunk, and when the import stops. */
  flushed(row: number): Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * Imports all records, a chunk at a time. Stops after a chunk when the signal is aborted.
 * @returns false if it was stopped
 */
export async function importRecords(run: ImportRun): Promise<boolean> {
  const repeats = new Repeats();
  let chunk: Numbered<Planned>[] = [];
  let row = 0;
  const end = async () => {
    const planned = chunk;
    chunk = [];
    try {
      await importChunk(run, planned);
    } finally {
      await run.flushed(row);
    }
  };
  let sinceFlush = 0;
  try {
    for await (const record of run.records) {
      row = record.row;
      try {
        chunk.push(planOf(run, record, repeats));
      } catch (error) {
        if (!(error instanceof RecordFault)) throw error;
        run.report(refused(row, error));
      }
      if (++sinceFlush < CHUNK) continue;
      sinceFlush = 0;
      await end();
      if (run.signal.aborted) return false;
    }
  } finally {
    // Imports the last chunk, even if the rest of the file can't be read. If a chunk has failed, none is left here.
    await end();
  }
  return true;
}

function planOf(run: ImportRun, record: ReadRecord, repeats: Repeats): Numbered<Planned> {
  if ("fault" in record) throw new RecordFault("record", undefined, "record", record.fault);
  const planned = run.plan(record.fields);
  repeats.mustBeFirst(record.row, planned);
  return { ...planned, row: record.row };
}

async function importChunk(run: ImportRun, planned: readonly Numbered<Planned>[]): Promise<void> {
  const people = planned.filter((one) => one.kind === "person");
  await atOnce(PEOPLE_AT_ONCE, people, (person) => run.importPerson(person));
  await run.importDevices(planned.filter((one) => one.kind === "device"));
}
