import { FleetError, type StreamName } from "@fleetlog/domain";
import type { Projection } from "@fleetlog/projections/folding";
import { LoopTurns } from "@fleetlog/runtime/node";
import type { EventBlock } from "./event-blocks.ts";
import type { Folder } from "./folder.ts";
import { type LinkColumn, linksSql } from "./links.ts";
import { blocksOf, filesOf, type Manifest, type Segment, seqOf } from "./manifest.ts";
import { type NewRows, RowFile } from "./row-blocks.ts";
import {
  asOfSql,
  changedAtSql,
  changesSql,
  eventsSql,
  newestSql,
  type Only,
  type Picked,
  pickedSql,
  type Selection,
  type TailTables,
  versionsSql,
} from "./statements.ts";
import { rewrittenHistory } from "./unchanged.ts";

/** Rows that are in no file yet. */
export interface Newest extends TailTables {
  readonly rows: Pick<NewRows, "read">;
  readonly blocks: readonly EventBlock[];
}

export interface StoredHistoryOptions {
  readonly stream: StreamName;
  readonly projections: readonly Projection[];
  readonly folder: Folder;
  readonly manifest: Manifest;
  readonly tail: Newest;
}

/** A file of the history was changed by somebody else, or is missing. */
export class DamagedFile extends Error {
  constructor(path: string) {
    super(`${path} is missing, or was changed since it was written`);
  }
}

/** Reads the events of one stream and the versions of its projections' rows. */
export class StoredHistory {
  readonly stream: StreamName;
  readonly projections: readonly Projection[];
  protected readonly folder: Folder;
  readonly #rowFiles = new Map<string, RowFile>();
  #manifest: Manifest;
  #newest: Newest;
  /** Files that statements have named since the last moment without a reader. */
  readonly #named = new Set<string>();
  /** Where statements find the files. */
  readonly #files: Pick<Folder, "of">;
  readonly #damage = Promise.withResolvers<never>();
  #isDamaged = false;
  #rewrites = 0;
  #readers = 0;
  #retired: PromiseWithResolvers<void> | undefined;

  protected constructor({ stream, projections, folder, manifest, tail }: StoredHistoryOptions) {
    this.stream = stream;
    this.projections = projections;
    this.folder = folder;
    this.#manifest = manifest;
    this.#newest = tail;
    this.#files = {
      of: (name) => {
        this.#named.add(name);
        return folder.of(name);
      },
    };
    this.#damage.promise.catch(() => {});
  }

  /** Rejects when a file turns out damaged; never resolves. Nothing is answered from then on. */
  get damaged(): Promise<never> {
    return this.#damage.promise;
  }

  /** Sequence up to which the past can be queried. */
  get seq(): number {
    return seqOf(this.#manifest);
  }

  /** Sequence of the newest change of any row of the projection, or a later one. */
  changedAt(_projection: string): number {
    return this.seq;
  }

  /** Why this history does not follow the log, for error messages; undefined if it does. */
  unavailable(): string | undefined {
    return undefined;
  }

  /** SQL of a projection's rows as of a sequence; undefined without rows. Valid while {@link reading}. */
  asOf(projection: Projection, seq: number, selection?: Selection): string | undefined {
    return asOfSql(this.#manifest, this.#newest, this.#files, projection, seq, selection);
  }

  /** SQL for a table that the selection of {@link asOf} may name; undefined if it needs none. Valid while {@link reading}. */
  newestOf(projection: Projection, seq: number, only?: Only): string | undefined {
    return newestSql(this.#manifest, this.#newest, this.#files, projection, seq, only);
  }

  /** As {@link asOf}, of rows whose newest versions are known from {@link newestOf}. */
  picked(projection: Projection, seq: number, picked: Picked): string | undefined {
    return pickedSql(this.#manifest, this.#newest, this.#files, projection, seq, picked);
  }

  /** SQL of `seq`: the sequence of the newest change of any row up to a sequence, or null. Valid while {@link reading}. */
  changedUpTo(projection: Projection, seq: number): string {
    return changedAtSql(this.#manifest, this.#newest, this.#files, projection, seq);
  }

  /** SQL of all versions of a projection's rows; undefined without rows. Valid while {@link reading}. */
  versions(projection: Projection): string | undefined {
    return versionsSql(this.#manifest, this.#newest, this.#files, projection);
  }

  /** SQL of the changes of devices after one event, up to another; undefined without changes. Valid while {@link reading}. */
  changes(after: number, upTo: number): string | undefined {
    return changesSql(this.#manifest, this.#newest, this.#files, { after, upTo });
  }

  /** SQL of the events after one sequence, up to another; undefined without events. Valid while {@link reading}. */
  events(after = 0, upTo: number = Number.MAX_SAFE_INTEGER): string | undefined {
    return eventsSql(this.#manifest, this.#newest, this.#files, { after, upTo });
  }

  /** Blocks of all events, the oldest first. */
  get eventBlocks(): readonly EventBlock[] {
    return [...blocksOf(this.#manifest), ...this.#newest.blocks];
  }

  /** SQL of the sequences of events that may have one of the texts of a table `wanted(text)`. Valid while {@link reading}. */
  links(column: LinkColumn): string | undefined {
    return linksSql(this.#manifest, this.#newest, this.#files, column);
  }

  /** The folder of the listed files. */
  get directory(): string {
    return this.folder.path;
  }

  get manifest(): Manifest {
    return this.#manifest;
  }

  /** A table in DuckDB with the rows after the last segment; undefined without rows. Valid while {@link reading}. */
  tailTable(name: string): string | undefined {
    return this.#newest.tableOf(name);
  }

  /**
   * Runs a task that reads. Files and tables that its statements name stay until the task ends. If a file was changed
   * meanwhile, the result is not returned: statements may read a damaged file without an error.
   *
   * @param before value of {@link rewrites} before the first read; needed only if the task's first read was before this
   * call
   * @throws FleetError `history-unavailable` after {@link retire}, and if a file is damaged
   */
  async reading<T>(task: () => Promise<T>, before = this.#rewrites): Promise<T> {
    if (this.#retired !== undefined) {
      throw new FleetError("history-unavailable", "the history was replaced by a rebuilt one", {
        advice: "Ask again.",
        retryAfterMs: 1_000,
      });
    }
    this.expectUndamaged();
    this.#readers += 1;
    try {
      const result = await task();
      await this.#expectWhole(before);
      return result;
    } catch (error) {
      // If a damaged file has caused this error, it says less than the error that is thrown here.
      await this.#expectWhole(before);
      throw error;
    } finally {
      this.#readers -= 1;
      if (this.#readers === 0) this.#named.clear();
      this.#resolveIfRetired();
      await this.unread();
    }
  }

  /**
   * Call after another process has read the files of a manifest. @throws FleetError `history-unavailable` if one is damaged
   *
   * @param before value of {@link rewrites} before the other process read
   */
  async expectWhole(manifest: Manifest, before = this.#rewrites): Promise<void> {
    const names = filesOf(manifest).map(({ name }) => name);
    await this.reading(() => this.#expectWhole(before, names), before);
  }

  /**
   * How often a file was found to have changed. What was read before that may be wrong, even if the file is whole
   * again.
   */
  get rewrites(): number {
    return this.#rewrites;
  }

  /** The JSON of rows, by their versions. @throws as {@link reading} */
  rows(versions: readonly number[]): Promise<ReadonlyMap<number, string>> {
    return this.reading(() => this.#rows(versions));
  }

  async #rows(versions: readonly number[]): Promise<ReadonlyMap<number, string>> {
    const { segments } = this.#manifest;
    const found = new Map<number, string>();
    const inFiles = new Map<Segment, number[]>();
    for (const version of versions) {
      const segment = segments.findLast(({ firstVersion }) => firstVersion <= version);
      if (segment !== undefined && version < segment.firstVersion + segment.versions) {
        inFiles.set(segment, [...(inFiles.get(segment) ?? []), version]);
        continue;
      }
      const row = this.#newest.rows.read(version);
      if (row !== undefined) found.set(version, row);
    }
    const read = [...inFiles].map(([{ rows }, some]) => this.#rowFile(rows.name).read(some));
    for (const part of await Promise.all(read)) for (const [version, row] of part) found.set(version, row);
    return found;
  }

  /** Refuses further reads. Resolves when running tasks have ended. */
  async retire(): Promise<void> {
    this.#retired ??= Promise.withResolvers();
    this.#resolveIfRetired();
    await this.#retired.promise;
  }

  /**
   * Checks that no file was written to.
   *
   * @param names default: the files that statements have named since the last moment without a reader. They include files that
   * other readers named, because readers share tables.
   */
  async #expectWhole(before: number, names: Iterable<string> = this.#named): Promise<void> {
    this.expectUndamaged();
    // A look at thousands of files takes longer than other work may wait, so the event loop turns in between.
    const turns = new LoopTurns();
    for (const name of names) {
      const turn = turns.due();
      if (turn !== undefined) await turn;
      if (!this.folder.hasChanged(name)) continue;
      // Once the file is found whole, other reads find it unchanged. So they compare this number.
      this.#rewrites += 1;
      this.#rowFiles.delete(name);
      const file = filesOf(this.#manifest).find((one) => one.name === name);
      if (file === undefined || !(await this.folder.isWhole(file))) {
        this.setDamaged(name);
        throw damagedHistory();
      }
    }
    this.expectUndamaged();
    // All files have the right bytes now, for instance after a copy was put back. But a statement may have read wrong ones.
    if (this.#rewrites !== before) throw rewrittenHistory();
  }

  /** @throws FleetError `history-unavailable` once a file has turned out damaged */
  protected expectUndamaged(): void {
    if (this.#isDamaged) throw damagedHistory();
  }

  protected setDamaged(name: string): void {
    this.#isDamaged = true;
    this.#damage.reject(new DamagedFile(this.folder.of(name)));
  }

  #resolveIfRetired(): void {
    if (!this.isRead) this.#retired?.resolve();
  }

  protected replace(manifest: Manifest, newest: Newest): void {
    this.#manifest = manifest;
    this.#newest = newest;
  }

  protected get isRead(): boolean {
    return this.#readers > 0;
  }

  /** Called after each task. */
  protected async unread(): Promise<void> {}

  #rowFile(name: string): RowFile {
    const path = this.#files.of(name);
    let file = this.#rowFiles.get(name);
    if (file === undefined) {
      file = new RowFile(path);
      this.#rowFiles.set(name, file);
    }
    return file;
  }
}

function damagedHistory(): FleetError {
  return new FleetError("history-unavailable", "a file of the history was damaged", {
    advice: "Ask again later: the historian reads the log anew.",
    retryAfterMs: 10_000,
  });
}
