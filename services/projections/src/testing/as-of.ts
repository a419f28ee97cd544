import type { RecordedEvent, Scope, StreamName } from "@fleetlog/domain";
import type { EventLog } from "@fleetlog/log";
import { streamOfProjection } from "../projection.ts";
import { Reader } from "../select/reader.ts";
import { AllRows } from "../store/all-rows.ts";
import { MemoryFiles } from "../store/memory-files.ts";
import { scopeOfPast } from "../views/devices/within.ts";
import { VIEWS } from "../views/index.ts";
import { projectionsOf } from "../views/view.ts";

const PROJECTIONS = projectionsOf(VIEWS);
const STREAMS = [...new Set<StreamName>(["FLEET", ...PROJECTIONS.map(streamOfProjection)])];

export interface AskedAsOf {
  readonly query: string;
  readonly params: unknown;
  readonly scope?: Scope | undefined;
  readonly seq: number;
  /** Time of that event, up to which other streams are folded. */
  readonly at: string;
}

/** Folds the log's events up to a sequence, and answers one query from the rows. */
export async function answerAsOf(log: EventLog, { query, params, scope, seq, at }: AskedAsOf): Promise<unknown> {
  const found = VIEWS.map(({ queries }) => queries.get(query)).find((one) => one !== undefined);
  if (found === undefined) throw new TypeError(`there is no query ${query}`);
  const then = await rowsOf(log, (event, stream) => (stream === "FLEET" ? event.seq <= seq : event.time <= at));
  const past = scope && scopeOfPast(await rowsOf(log, () => true), scope, seq);
  return found.answer(new Reader(then, past, undefined, () => Date.parse(at)), params as never);
}

async function rowsOf(log: EventLog, isKept: (event: RecordedEvent, stream: StreamName) => boolean): Promise<AllRows> {
  const rows = new AllRows();
  for (const stream of STREAMS) {
    const projections = PROJECTIONS.filter((one) => streamOfProjection(one) === stream);
    const store = new MemoryFiles({ projections }).create();
    const events: RecordedEvent[] = [];
    for await (const event of log.read({ stream, categories: store.categories })) {
      if (isKept(event, stream)) events.push(event);
    }
    store.apply(events, events.at(-1)?.seq ?? 0);
    store.commit();
    store.markComplete();
    rows.serve(stream, store);
  }
  return rows;
}
