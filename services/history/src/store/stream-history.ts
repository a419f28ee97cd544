import { mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { EventLog } from "@fleetlog/log";
import { fingerprint, mismatchWith } from "@fleetlog/projections/folding";
import { HistoryStore, type HistoryStoreOptions } from "./history-store.ts";
import { foundManifest, isManifest } from "./manifest.ts";
import { marksOf } from "./marks-of.ts";
import { OldHistory } from "./old-history.ts";
import { freeOf, isSetAside, setAside, setAsideIn } from "./set-aside.ts";
import type { StoredHistory } from "./stored-history.ts";
import { isLost } from "./unreadable.ts";

export interface StreamHistoryOptions extends HistoryStoreOptions {
  readonly log: EventLog;
}

const LOG_EVERY_MS = 60_000;
/** Milliseconds between two checks of all files, which find damage in files that nobody reads. */
const CHECK_EVERY_MS = 5_000;

/**
 * The history of one stream, in a folder with a folder for each fingerprint of the projections.
 *
 * After a change of the projections, the old history answers while the new one is built beside it. When the new one has the
 * whole log, its manifest gets `complete`, and new answers come from it. The old folder is deleted when the last answer from it
 * is read; after a crash, the next start deletes it.
 *
 * Both are on the disk. If less space is free than the old one takes, the old one is deleted first: the log has all
 * events. Only a history that was complete once is kept, so that there are never more than two. As long as the old one
 * is there, a return to the earlier release finds its history whole.
 */
export class StreamHistory {
  /** The store that follows the log. */
  readonly store: HistoryStore;
  readonly #options: StreamHistoryOptions;
  #old: OldHistory | undefined;
  #goal = 0;
  #loggedAt = Date.now();
  #checking: NodeJS.Timeout | undefined;

  private constructor(options: StreamHistoryOptions, store: HistoryStore) {
    this.#options = options;
    this.store = store;
  }

  /** Deletes histories of another log, because the log may have been replaced. */
  static async open(options: StreamHistoryOptions): Promise<StreamHistory> {
    const { log, stream, directory, projections, logger } = options;
    moveEarlierLayout(directory);
    const name = fingerprint(projections);
    const own = { ...options, directory: join(directory, name) };
    let store = await HistoryStore.open(own);
    try {
      const why = await mismatchWith(log, stream, await marksOf(store, options.duck));
      if (why !== undefined) {
        logger.warn({ directory, stream, why }, "the history is not of this log; rebuilding it");
        await store.close();
        rmSync(directory, { recursive: true, force: true });
        store = await HistoryStore.open(own);
      }
      const history = new StreamHistory(options, store);
      history.#goal = (await log.state(stream)).lastSeq;
      if (!store.isComplete) await history.#openOld(name);
      history.#keepOnly(name);
      history.#startChecks();
      return history;
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  /** Rejects when a file of the history that answers, or follows the log, turns out damaged; never resolves. */
  get damaged(): Promise<never> {
    return Promise.race([this.store.damaged, this.serving.damaged]);
  }

  /** The history that answers now. */
  get serving(): StoredHistory {
    return this.#old ?? this.store;
  }

  /** Progress of the new history; undefined unless an old one answers. */
  get rebuild(): { readonly seq: number; readonly goal: number } | undefined {
    return this.#old && { seq: this.store.applied, goal: this.#goal };
  }

  /** Folders of histories of which the disk has lost a file, until somebody deletes them. */
  get setAside(): readonly string[] {
    return setAsideIn(this.#options.directory);
  }

  /**
   * Call after the store has applied events, and once before.
   *
   * @returns the old history if the new one has taken its place; its files stay until {@link drop}
   */
  async applied(): Promise<OldHistory | undefined> {
    const { log, stream, logger } = this.#options;
    if (this.store.isComplete) return undefined;
    if (this.store.applied < this.#goal) {
      this.#logProgress();
      return undefined;
    }
    this.#goal = Math.max(this.#goal, (await log.state(stream)).lastSeq);
    if (this.store.applied < Math.max(this.#goal, this.#old?.seq ?? 0)) return undefined;
    await this.store.markComplete();
    const old = this.#old;
    this.#old = undefined;
    if (old !== undefined)
      logger.info({ stream, seq: this.store.seq }, "the rebuilt history takes the old one's place");
    return old;
  }

  /** Deletes the old history when nothing reads it any more. */
  async drop(old: OldHistory): Promise<void> {
    await old.retire();
    rmSync(old.directory, { recursive: true, force: true });
  }

  async close(): Promise<void> {
    clearInterval(this.#checking);
    await this.store.close();
  }

  #startChecks(): void {
    this.#checking = setInterval(() => this.#check(), CHECK_EVERY_MS).unref();
  }

  /** If this finds a damaged file, {@link damaged} rejects. */
  #check(): void {
    for (const one of new Set([this.store, this.serving])) one.expectWhole(one.manifest).catch(() => {});
  }

  async #openOld(own: string): Promise<void> {
    const { log, directory, stream, logger, freeBytes = freeOf } = this.#options;
    let newest: OldHistory | undefined;
    for (const name of readdirSync(directory)) {
      if (name === own || isSetAside(name)) continue;
      const options = { ...this.#options, directory: join(directory, name) };
      const found = await OldHistory.open(log, options, () => this.#text()).catch(async (error: unknown) => {
        if (!isLost(error)) throw error;
        await setAside(options, error);
        return undefined;
      });
      if (found !== undefined && found.seq > (newest?.seq ?? 0)) newest = found;
    }
    if (newest === undefined) return;
    const { bytes, seq } = newest;
    const free = await freeBytes(directory);
    const about = { stream, bytes, free, upTo: seq, goal: this.#goal };
    if (free < bytes) {
      logger.warn(about, "the disk has no room for two histories: the old one is deleted before the new one is built");
      return;
    }
    this.#old = newest;
    const folded = newest.projections.length;
    logger.info(
      { ...about, readable: folded, projections: this.store.projections.length },
      "the projections have changed: the history is built beside the old one, which answers meanwhile; both are on the disk",
    );
  }

  #keepOnly(own: string): void {
    const { directory } = this.#options;
    for (const name of readdirSync(directory)) {
      const path = join(directory, name);
      if (name !== own && path !== this.#old?.directory && !isSetAside(name))
        rmSync(path, { recursive: true, force: true });
    }
  }

  #text(): string {
    const { seq, goal } = this.rebuild ?? { seq: this.store.seq, goal: this.#goal };
    return `it is rebuilt for this release, and the new one has ${seq} of ${Math.max(seq, goal)} events`;
  }

  #logProgress(): void {
    const now = Date.now();
    if (this.#old === undefined || now - this.#loggedAt < LOG_EVERY_MS) return;
    this.#loggedAt = now;
    const { stream, logger } = this.#options;
    logger.info({ stream, ...this.rebuild }, "building the history beside the old one");
  }
}

/** Earlier releases had the files of the one history directly in the stream's folder. */
function moveEarlierLayout(directory: string): void {
  const moving = `${directory}-moving`;
  const manifestIn = (path: string) => foundManifest({ of: (name) => join(path, name) });
  mkdirSync(directory, { recursive: true });
  if (readdirSync(directory).some(isManifest)) {
    if (manifestIn(directory) === undefined) rmSync(directory, { recursive: true });
    else renameSync(directory, moving);
    mkdirSync(directory);
  }
  const moved = manifestIn(moving);
  if (moved !== undefined) renameSync(moving, join(directory, moved.fingerprint));
}
