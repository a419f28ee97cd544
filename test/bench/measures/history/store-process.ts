import { once } from "node:events";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { RecordedEvent, StreamName } from "@fleetlog/domain";
import { Duck, HistoryStore, StoredAsOf } from "@fleetlog/history/store";
import { limitHeapGrowth, projectionsOf, streamOfProjection, VIEWS } from "@fleetlog/projections/folding";
import type { Result } from "../../measure.ts";
import { answers } from "./answers.ts";
import { EventFile } from "./event-file.ts";
import { IngestCost } from "./ingest-cost.ts";
import type { Batch, FromStore } from "./messages.ts";
import { twoDays } from "./two-days.ts";

/*
 * The historian's stores in a process of their own: node store-process.ts <folder> <number of events>. Its parent sends
 * the events.
 */

/** A file with all events of a long run would take more of the disk than their history. */
const MOST_IN_FILE = 10_000_000;

// The historian's process limits its heap, too.
limitHeapGrowth();

const [directory = "", events = "0"] = process.argv.slice(2);
const silent = { info() {}, warn() {}, error() {} };
const tell = (message: FromStore) => process.send?.(message);
const progress = (text: string) => tell({ progress: text });

const duck = await Duck.open({ memory: 400e6, threads: 2, spill: join(directory, "spill") });
const stores = new Map<StreamName, HistoryStore>();
for (const [stream, projections] of Map.groupBy(projectionsOf(VIEWS), streamOfProjection)) {
  const options = { directory: join(directory, stream), stream, projections, duck, logger: silent };
  stores.set(stream, await HistoryStore.open(options));
}
const fleet = stores.get("FLEET");
if (fleet === undefined) throw new TypeError("no history of FLEET");

/** Milliseconds since 1970. It counts as now, because a long history's events are later than today. */
let newest = 0;
const results = await ingest(fleet);
results.push({ name: "history on disk", value: (await bytesIn(fleet.directory)) / fleet.seq, unit: "bytes an event" });
// No caller is limited.
const owned = { load: async () => {}, get: () => undefined, *all() {}, changes: 0 };
const asOf = new StoredAsOf({ duck, stores, owned, goal: () => fleet.seq, now: () => newest, moments: 2 });
results.push(...(await answers(asOf, fleet, progress)));
progress("differences of two days");
results.push(...(await twoDays(duck, fleet)));
await asOf.close();
tell({ results });

await once(process, "disconnect");
for (const store of stores.values()) await store.close();
duck.close();

/** The measured time includes reading events from a file and parsing them, which is part of reading the log. */
async function ingest(store: HistoryStore): Promise<Result[]> {
  const cost = new IngestCost(Number(events), progress);
  for (;;) {
    const file = await cost.without(nextFile);
    if (file === undefined) break;
    for await (const batch of file.read()) {
      const seq = batch.at(-1)?.seq ?? 0;
      await store.apply(batch, seq, Math.max(0, Number(events) - seq));
      cost.add(batch.length);
      newest = Date.parse(batch.at(-1)?.time ?? "");
    }
  }
  await store.seal();
  cost.add(0);
  return cost.results();
}

/** The next events in a file, at most `MOST_IN_FILE` and a batch; `undefined` after the last event. */
async function nextFile(): Promise<EventFile | undefined> {
  let file: EventFile | undefined;
  for (let written = 0; written < MOST_IN_FILE; ) {
    const batch = await nextEvents();
    if (batch.length === 0) break;
    file ??= new EventFile(join(directory, "events.jsonl"));
    file.add(batch);
    written += batch.length;
  }
  return file;
}

async function nextEvents(): Promise<readonly RecordedEvent[]> {
  const received = once(process, "message") as Promise<[Batch]>;
  tell({ next: true });
  const [batch] = await received;
  return batch.events;
}

async function bytesIn(folder: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(folder)) bytes += (await stat(join(folder, name))).size;
  return bytes;
}
