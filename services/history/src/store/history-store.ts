import { setImmediate } from "node:timers/promises";
import type { RecordedEvent } from "@fleetlog/domain";
import type { Logger } from "@fleetlog/log";
import { isDamage, isStoreError, type ViewStore } from "@fleetlog/projections/folding";
import { LoopTurns } from "@fleetlog/runtime/node";
import type { DuckSession } from "./duck.ts";
import { Folder } from "./folder.ts";
import { foundAtStart } from "./found-at-start.ts";
import type { GrowingTail } from "./growing-tail.ts";
import {
  type Base,
  filesOf,
  isBaseDue,
  isManifest,
  type Manifest,
  nextVersionOf,
  type Segment,
  seqOf,
  writeManifest,
} from "./manifest.ts";
import { NewestTails } from "./newest-tails.ts";
import { noteIn } from "./note-in.ts";
import { Pace, type PaceOptions } from "./pace.ts";
import { movedAside, setAsideText } from "./set-aside.ts";
import { StateFile } from "./state-file.ts";
import { StoreFiles } from "./store-files.ts";
import { DamagedFile, StoredHistory } from "./stored-history.ts";
import { Tails } from "./tails.ts";
import type { ThreadOptions } from "./thread/thread-of-tails.ts";
import { isLost } from "./unreadable.ts";
import { openState, stateOf } from "./usable.ts";
import { WrittenBeside } from "./written-beside.ts";

export interface HistoryStoreOptions extends PaceOptions, ThreadOptions {
  /** Exclusive to this store. */
  readonly directory: string;
  readonly logger: Logger;
  /**
   * Number of versions of a projection's rows after which the projection gets its next base, a file of all its rows as of
   * one sequence; default 500,000. If the last base has more rows than that, as many versions are needed as it has rows.
   */
  readonly baseEvery?: number | undefined;
  /** For tests: called before each step that changes the folder. */
  readonly beforeStep?: (step: string) => void;
  /** Bytes that can be written to the folder's disk. */
  readonly freeBytes?: (directory: string) => Promise<number>;
}

const BASE_EVERY = 500_000;
/** The event loop turns after this many events of a batch, about every 10 ms, because concurrent writes need many turns. */
const EVENTS_A_TURN = 256;

/**
 * All versions of all rows of one stream's projections, and its events. The README of this folder explains the words that
 * are used here: fold, tail, segment, base, manifest.
 */
export class HistoryStore extends StoredHistory {
  readonly #options: HistoryStoreOptions;
  readonly #session: DuckSession;
  readonly #files: StoreFiles;
  readonly #state: ViewStore;
  readonly #stateFile: StateFile;
  readonly #tails: NewestTails;
  #readable: Tails;
  /** The tail that is being written as a segment, until the manifest lists the segment. */
  #ended: GrowingTail | undefined;
  #seq: number;
  readonly #beside = new WrittenBeside();
  readonly #pace: Pace;

  private constructor(
    options: HistoryStoreOptions,
    parts: { folder: Folder; session: DuckSession; manifest: Manifest; tails: NewestTails; readable: Tails },
  ) {
    super({ ...options, ...parts, tail: parts.readable });
    this.#options = options;
    this.#pace = new Pace(options);
    this.#session = parts.session;
    this.#files = new StoreFiles(parts.folder, parts.session, options.stream);
    this.#tails = parts.tails;
    this.#readable = parts.readable;
    const observer = noteIn(() => this.#tails.newest, this.projections, seqOf(this.manifest));
    this.#state = openState(options, parts.folder, observer);
    this.#stateFile = new StateFile(parts.folder.of(stateOf(this.projections)));
    this.#seq = Math.min(this.#state.meta.checkpoint, seqOf(this.manifest));
  }

  /**
   * Continues after the newest segment. Deletes files that the manifest does not list, or all files if one is damaged. Sets the
   * files aside if the disk has lost one.
   */
  static async open(options: HistoryStoreOptions): Promise<HistoryStore> {
    const { directory, projections, logger, beforeStep } = options;
    const folder = new Folder(directory, beforeStep);
    const found = await foundAtStart(folder, options);
    if (found === "lost") return await HistoryStore.open(options);
    const { manifest, isWhole } = found;
    if (!isWhole) {
      logger.warn({ directory }, "files of the history are missing or damaged; rebuilding it from the log");
      folder.keepOnly(() => false);
      return await HistoryStore.open(options);
    }
    const listed = new Set(filesOf(manifest).map(({ name }) => name));
    folder.keepOnly((name) => listed.has(name) || isManifest(name) || name.startsWith(stateOf(projections)));
    const session = await options.duck.connect();
    const start = { after: seqOf(manifest), firstVersion: nextVersionOf(manifest) };
    const tails = await NewestTails.open(options, folder, start);
    const readable = new Tails(tails.newest);
    const store = new HistoryStore(options, { folder, session, manifest, tails, readable });
    if (store.nextSeq === 1 && store.seq > 0) {
      logger.info(
        { directory },
        "the saved state of the history's rows is missing or of an older release; reading the log again from its start",
      );
    }
    return store;
  }

  override get seq(): number {
    return Math.max(Math.min(this.#seq, this.#readable.unreadAfter ?? this.#seq), super.seq);
  }

  /**
   * Sequence up to which events were applied. Lower than {@link seq} while the fold catches up with the segments, and higher
   * while the newest rows are in a thread, where statements can't read them.
   */
  get applied(): number {
    return this.#seq;
  }

  override changedAt(projection: string): number {
    // If the fold is not exactly at `seq`, its newest change is not that of the rows that can be read. Then the answer is
    // `seq`, which may be later than the newest change, but never earlier.
    return this.#seq === this.seq ? this.#state.changedAt(projection) : this.seq;
  }

  /** The next event to apply. Lower than {@link seq} after a crash, until the fold has caught up with the segments. */
  get nextSeq(): number {
    return this.#state.meta.checkpoint + 1;
  }

  /**
   * `events` are in log order, and include all events up to `throughSeq`.
   * A store that threw must not be used further.
   *
   * @param following number of events that the log has after these
   */
  async apply(events: readonly RecordedEvent[], throughSeq: number, following = 0): Promise<void> {
    if (await this.#tails.follow(following)) {
      this.#show(this.manifest);
      await this.unread();
    }
    for (let i = 0; i + EVENTS_A_TURN < events.length; i += EVENTS_A_TURN) {
      const some = events.slice(i, i + EVENTS_A_TURN);
      await this.#applyAtOnce(some, some.at(-1)?.seq ?? 0);
      await setImmediate();
    }
    const left = events.length % EVENTS_A_TURN || EVENTS_A_TURN;
    await this.#applyAtOnce(events.slice(-left), throughSeq);
    if (following === 0 && this.#tails.newest.readable === undefined) await this.seal();
  }

  /** Writes the tail as a segment, and commits the fold's state. A restart then need not read the tail's events again. */
  async seal(): Promise<void> {
    await this.#beginSegment();
    if (this.#state.meta.checkpoint < this.#seq) await this.#commit();
    await this.sealed();
  }

  /**
   * Resolves when no segment is being written.
   * @throws the error of the last segment; a store that threw must not be used further
   */
  async sealed(): Promise<void> {
    await this.#beside.done();
  }

  async #applyAtOnce(events: readonly RecordedEvent[], throughSeq: number): Promise<void> {
    this.#beside.check();
    this.expectUndamaged();
    const tail = this.#tails.newest;
    await tail.relieved();
    this.#state.apply(events, throughSeq);
    // An error of a tail's table can look to the fold like an event that it can't apply: it leaves the event out and goes on. But such a
    // table lacks rows of other events, too, so the store must fail.
    tail.check();
    this.#seq = throughSeq;
    if (this.#pace.isFull(throughSeq - tail.after, tail)) {
      const isCommitDue = this.#isCommitDue();
      await this.#beginSegment();
      if (isCommitDue) await this.#commit();
    } else if (this.#isBehind && this.#pace.isCommitLate) await this.seal();
  }

  /**
   * Begins the next tail. The last tail becomes a segment while further events are applied. At most one segment is
   * written at a time, which bounds memory.
   */
  async #beginSegment(): Promise<void> {
    await this.sealed();
    const span = { firstSeq: this.#tails.newest.after + 1, lastSeq: this.#seq };
    if (span.lastSeq < span.firstSeq) return;
    const tail = await this.#tails.next(this.#seq);
    this.#ended = tail;
    this.#show(this.manifest);
    this.#beside.begin(this.#writeSegment(tail, span), async () => {
      await this.#tails.written();
      await this.#writeBases();
      await this.unread();
    });
  }

  #show(manifest: Manifest): void {
    const ended = this.#ended === undefined ? [] : [this.#ended];
    this.#readable = new Tails(...ended, this.#tails.newest);
    this.replace(manifest, this.#readable);
  }

  /**
   * The first segment's state is committed with the segment. Without a state, a restart would take it for lost or of an
   * older release, and read the log again from its start.
   */
  #isCommitDue(): boolean {
    const { checkpoint } = this.#state.meta;
    return checkpoint === 0 || this.#pace.isCommitDue(this.#seq - checkpoint);
  }

  /**
   * Commits the fold's state. Call it only if the segment that was begun last has all applied events. The state's rows
   * are written while that segment is written, but they are committed only after the manifest lists the segment. If
   * they were committed earlier and the process ended before the manifest lists the segment, the state would be ahead
   * of the segments, and the next start would rebuild the history from the log.
   */
  async #commit(): Promise<void> {
    const turns = new LoopTurns();
    for (const _ of this.#state.writing()) {
      const turn = turns.due();
      if (turn !== undefined) await turn;
    }
    await this.#beside.listed();
    this.expectUndamaged();
    this.folder.step("commit the state");
    this.#state.commit();
    this.#pace.committed();
  }

  /** Whether segments have events that the committed state lacks. A restart would fold these events again. */
  get #isBehind(): boolean {
    return this.#state.meta.checkpoint < seqOf(this.manifest);
  }

  /** Whether the store has caught up with the log once, in this process or an earlier one. */
  get isComplete(): boolean {
    return this.manifest.complete === true;
  }

  /** Call when the store has caught up with the log, and not while events are applied. */
  async markComplete(): Promise<void> {
    if (this.isComplete) return;
    // A state that is behind is committed now, because the next segment may be hours away.
    await this.sealed();
    if (this.#isBehind) await this.seal();
    const manifest = { ...this.manifest, complete: true };
    await writeManifest(this.folder, manifest);
    this.#show(manifest);
  }

  /**
   * Call after the store threw this error. A damaged state of the fold is deleted, and one of which the disk has lost a part is set
   * aside, so that the next start folds the log again from its start: a start does not read all of the state. The segments stay;
   * the next start deletes them if one is damaged.
   * @returns whether a file was damaged
   */
  dropDamaged(error: unknown): boolean {
    const isLostState = isStoreError(error) && isLost(error);
    if (!isLostState && !isDamage(error) && !(error instanceof DamagedFile)) return false;
    this.#state.close();
    const state = stateOf(this.projections);
    if (isLostState) {
      const { directory, stream, logger } = this.#options;
      const aside = movedAside(directory, state);
      logger.error({ err: error, stream, file: state }, setAsideText(aside));
    } else if (isDamage(error) || this.#stateFile.isDamaged) this.folder.keepOnly((name) => !name.startsWith(state));
    return true;
  }

  /** Waits for files that are being written: another store must not find them changing. */
  async close(): Promise<void> {
    if (this.#beside.isRunning) await this.sealed().catch(() => {});
    await this.#tails.close();
    this.#state.close();
    this.#session.close();
  }

  protected override expectUndamaged(): void {
    super.expectUndamaged();
    if (!this.#stateFile.isDamaged) return;
    this.setDamaged(stateOf(this.projections));
    super.expectUndamaged();
  }

  protected override async unread(): Promise<void> {
    if (!this.isRead) await this.#tails.unread();
  }

  async #writeSegment(tail: GrowingTail, span: Pick<Segment, "firstSeq" | "lastSeq">): Promise<void> {
    const segment = await tail.write(this.#files, this.manifest.segments.length, span);
    const manifest = { ...this.manifest, segments: [...this.manifest.segments, segment] };
    await writeManifest(this.folder, manifest);
    this.#tails.drop(tail);
    this.#ended = undefined;
    this.#show(manifest);
  }

  async #writeBases(): Promise<void> {
    const written: Base[] = [];
    const seq = seqOf(this.manifest);
    for (const projection of this.projections) {
      if (!isBaseDue(this.manifest, projection, this.#options.baseEvery ?? BASE_EVERY)) continue;
      await this.reading(async () => {
        const base = await this.#files.base(projection, seq, this);
        if (base !== undefined) written.push(base);
      });
    }
    if (written.length === 0) return;
    const manifest = { ...this.manifest, bases: [...this.manifest.bases, ...written] };
    await writeManifest(this.folder, manifest);
    this.#show(manifest);
  }
}
