import { FleetError } from "@fleetlog/domain";
import type { EventLog } from "@fleetlog/log";
import { mismatchWith, type Projection } from "@fleetlog/projections/folding";
import { Folder } from "./folder.ts";
import type { HistoryStoreOptions } from "./history-store.ts";
import { bytesOf, filesOf, foundManifest, hasColumnsOf } from "./manifest.ts";
import { marksOf } from "./marks-of.ts";
import type { Only, Picked, Selection } from "./statements.ts";
import { type Newest, StoredHistory, type StoredHistoryOptions } from "./stored-history.ts";

const NOTHING: Newest = { tableOf: () => undefined, rows: { read: () => undefined }, blocks: [] };

/**
 * The history as an earlier release folded it, up to the newest segment. It does not follow the log, because the code that folded
 * it is gone. So a request for a later moment fails with `history-unavailable` and the progress of the new history. So
 * does SQL without a moment, which reads up to the newest event. A log that is too short for a segment has no old
 * history: the new one reads it in seconds.
 *
 * Projections of the present release can be queried if the files have their columns, which the manifest names. Queries
 * of other projections, and of rows on which the present answers fail, get `history-unavailable`. So do incident
 * bundles, because they contain rows as the present projections make them.
 */
export class OldHistory extends StoredHistory {
  readonly #progress: () => string;

  private constructor(options: StoredHistoryOptions, progress: () => string) {
    super(options);
    this.#progress = progress;
  }

  /**
   * Undefined if the folder has no complete, whole history of this log.
   *
   * @param progress a text that says how far the new history, which will replace this one, has been built
   */
  static async open(
    log: EventLog,
    { directory, stream, projections, duck }: HistoryStoreOptions,
    progress: () => string,
  ): Promise<OldHistory | undefined> {
    const folder = new Folder(directory);
    const manifest = foundManifest(folder);
    if (manifest === undefined || manifest.complete !== true || manifest.segments.length === 0) return undefined;
    for (const file of filesOf(manifest)) if (!(await folder.isWhole(file))) return undefined;
    const readable = projections.filter((projection) => hasColumnsOf(manifest, projection));
    const old = new OldHistory({ stream, projections: readable, folder, manifest, tail: NOTHING }, progress);
    return (await mismatchWith(log, stream, await marksOf(old, duck))) === undefined ? old : undefined;
  }

  /** Bytes of its files, without the fold's state. */
  get bytes(): number {
    return bytesOf(this.manifest);
  }

  /** @throws FleetError `history-unavailable` if the files have other columns */
  override asOf(projection: Projection, seq: number, selection?: Selection): string | undefined {
    this.#check(projection);
    return super.asOf(projection, seq, selection);
  }

  override newestOf(projection: Projection, seq: number, only?: Only): string | undefined {
    this.#check(projection);
    return super.newestOf(projection, seq, only);
  }

  override picked(projection: Projection, seq: number, picked: Picked): string | undefined {
    this.#check(projection);
    return super.picked(projection, seq, picked);
  }

  override changedUpTo(projection: Projection, seq: number): string {
    this.#check(projection);
    return super.changedUpTo(projection, seq);
  }

  /** @throws FleetError `history-unavailable` if the files have other columns */
  override versions(projection: Projection): string | undefined {
    this.#check(projection);
    return super.versions(projection);
  }

  override unavailable(): string | undefined {
    return this.#progress();
  }

  #check({ name }: Projection): void {
    if (this.projections.some((one) => one.name === name)) return;
    throw new FleetError("history-unavailable", `the history of ${name} is not readable yet: ${this.#progress()}`, {
      retryAfterMs: 30_000,
    });
  }
}
