import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Scope, StreamName } from "@fleetlog/domain";
import type { EventLog } from "@fleetlog/log";
import type { OwnedDevices } from "./access/devices.ts";
import { visibleDevices } from "./access/visible.ts";
import { callsOf } from "./all-calls.ts";
import { StoredAsOf } from "./as-of/stored-as-of.ts";
import { Causation } from "./chains/causation.ts";
import { Differences } from "./diff/differences.ts";
import { EventCounts } from "./export/counts.ts";
import type { ExportFiles } from "./export/files.ts";
import { Bundles } from "./incidents/bundles.ts";
import type { Marks } from "./marks/marks.ts";
import { CallMoments } from "./moments/call-moments.ts";
import { NewestReports } from "./reports/newest-reports.ts";
import type { NewestTelemetry } from "./reports/newest-telemetry.ts";
import type { Call } from "./requests/calls.ts";
import type { AnswerSpace } from "./sql/answer-space.ts";
import { Queries, type QuerySettings } from "./sql/queries.ts";
import type { Duck } from "./store/duck.ts";
import type { StoredHistory } from "./store/stored-history.ts";
import type { ArchivedLog } from "./telemetry/archived-log.ts";
import type { TelemetryFiles } from "./telemetry/query-files.ts";
import type { Trials } from "./trials/trials.ts";

/** Dependencies that stay the same when a rebuilt history takes over. */
export interface Shared {
  readonly duck: Duck;
  /** Has one thread: with several threads, files of the same events could have different bytes. */
  readonly ordered: Duck;
  readonly events: EventLog;
  readonly log: ArchivedLog;
  readonly devices: OwnedDevices;
  readonly marks: Marks;
  readonly trials: Trials;
  readonly files: ExportFiles;
  readonly telemetry: NewestTelemetry;
  readonly telemetryFiles: TelemetryFiles;
  readonly sql: QuerySettings;
  /** The disk space of all answers to SQL, also of those from the replaced history. */
  readonly answerSpace: AnswerSpace;
  /** Folder for files of SQL. */
  readonly directory: string;
  /** The newest FLEET sequence that the historian knows of. */
  readonly goal: () => number;
  /** Asks the log for its newest FLEET sequence. */
  readonly lastSeq: () => Promise<number>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

let opened = 0;

/** The calls that answer from one set of stores. */
export class Answering {
  readonly asOf: StoredAsOf;
  readonly calls: readonly Call[];
  readonly #close: () => Promise<void>;

  private constructor(asOf: StoredAsOf, calls: readonly Call[], close: () => Promise<void>) {
    this.asOf = asOf;
    this.calls = calls;
    this.#close = close;
  }

  static async open(shared: Shared, stores: ReadonlyMap<StreamName, StoredHistory>): Promise<Answering> {
    const { duck, ordered, events, log, devices: owned, marks, trials, files, telemetry, goal, lastSeq, now } = shared;
    const fleet = stores.get("FLEET");
    if (fleet === undefined) throw new TypeError("FLEET has no history");
    const asOf = new StoredAsOf({ duck, stores, owned, goal, now });
    asOf.reached(fleet.seq);
    const moments = new CallMoments({ asOf, lastSeq, now });
    const differences = new Differences({ duck, fleet });
    const causation = new Causation(duck, fleet);
    const counts = new EventCounts(duck, stores, owned);
    const directory = join(shared.directory, String(++opened));
    const queries = new Queries({
      ...{
        store: fleet,
        session: await duck.connect(),
        telemetry: shared.telemetryFiles,
        directory,
        settings: shared.sql,
        space: shared.answerSpace,
      },
      devicesWithin: (scope: Scope) => visibleDevices(scope, owned),
    });
    const calls = callsOf({
      ...{ asOf, devices: asOf, moments, differences, causation, marks },
      reports: new NewestReports({ fleet, duck, telemetry, owned }),
      exports: { log, devices: owned, count: counts.count, files, duck: async () => ordered },
      replays: { log, devices: owned, now },
      bundles: new Bundles({ log: events, stores, duck, marks }),
      sql: { queries, asOf, lastSeq },
      trials: { trials, duck, fleet, log, owned, priority: shared.sql.priority },
    });
    return new Answering(asOf, calls, async () => {
      // A trial may still read these stores, although the call that started it has been answered.
      await trials.settled();
      for (const one of [causation, differences, queries, asOf, counts]) await one.close();
      rmSync(directory, { recursive: true, force: true });
    });
  }

  close(): Promise<void> {
    return this.#close();
  }
}
