import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { FleetError } from "@fleetlog/domain";
import type { Logger } from "@fleetlog/log";
import type { Fleet } from "../dependencies/fleet.ts";
import type { Imports } from "../dependencies/imports/imports.ts";
import type { ImportOwner, ImportRecord } from "../dependencies/imports/record.ts";
import type { ImportStore, StoredImport } from "../dependencies/imports/store.ts";
import { recordEnd, recordStart } from "./events.ts";
import { runPart } from "./part.ts";
import { starterOf } from "./starter.ts";

/** An import whose process has not written for this long is taken over. */
const STALE_MS = 30_000;
const LOOK_EVERY_MS = 30_000;
/** Pause while the log or views are away. */
const WAIT_MS = 1_000;
const TEMPORARY: ReadonlySet<string> = new Set([
  "log-unavailable",
  "log-full",
  "view-unavailable",
  "view-behind",
  "unavailable",
]);

export interface ImporterOptions {
  readonly store: ImportStore;
  /** The gateway's name. Imports of its earlier processes continue at once. */
  readonly node: string;
  readonly clock: () => number;
  readonly logger: Logger;
}

type Dependencies = Omit<Fleet, "commandTail" | "imports">;

/**
 * Works on imports one after the other, in parts of the rows. After a crash, a gateway repeats the unfinished part. Ids
 * and credentials are derived from the import's secret, so that repeated rows are completed and not created twice.
 */
export class Importer implements Imports {
  readonly store: ImportStore;
  readonly clock: () => number;
  readonly #node: string;
  readonly #logger: Logger;
  readonly #incarnation = randomUUID();
  readonly #stopping = new AbortController();
  readonly #queued = new Set<string>();
  #fleet: Dependencies | undefined;
  #working: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  constructor({ store, node, clock, logger }: ImporterOptions) {
    this.store = store;
    this.clock = clock;
    this.#node = node;
    this.#logger = logger;
  }

  /** Continues imports of ended processes, now and every LOOK_EVERY_MS. */
  start(fleet: Dependencies): void {
    this.#fleet = fleet;
    const look = async () => {
      try {
        for (const { record } of await this.store.all()) if (this.#isLeft(record)) this.work(record.id);
      } catch (err) {
        this.#logger.info({ err }, "could not look for interrupted imports; trying again later");
      }
      if (!this.#stopping.signal.aborted) this.#timer = setTimeout(() => void look(), LOOK_EVERY_MS).unref();
    };
    void look();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    clearTimeout(this.#timer);
    await this.#working;
  }

  owner(): ImportOwner {
    return { node: this.#node, incarnation: this.#incarnation, at: this.clock() };
  }

  work(id: string, isNew = false): void {
    if (this.#queued.has(id) || this.#stopping.signal.aborted) return;
    this.#queued.add(id);
    this.#working = this.#working
      .then(() => this.#run(id, isNew))
      .catch((err) => this.#logger.error({ err, import: id }, "an import stopped; it goes on later"))
      .finally(() => this.#queued.delete(id));
  }

  #isLeft({ state, owner }: ImportRecord): boolean {
    if (state !== "running") return false;
    if (owner.node === this.#node) return owner.incarnation !== this.#incarnation || this.#isStale(owner);
    return this.#isStale(owner);
  }

  #isStale({ at }: ImportOwner): boolean {
    return this.clock() - at > STALE_MS;
  }

  async #run(id: string, isNew: boolean): Promise<void> {
    const fleet = this.#fleet;
    const found = await this.store.find(id);
    if (fleet === undefined || found?.record.state !== "running") return;
    let current: StoredImport | undefined = found;
    if (!found.record.dryRun) await recordStart(fleet, found.record);
    // A dry run begins again, because it compares all rows with each other.
    const fromStart = { partsDone: 0, done: 0, created: 0, failed: 0 };
    current = await this.#update(current, { ...(found.record.dryRun && fromStart) });
    const seen = new Set<string>();
    let again = !isNew;
    while (current !== undefined && isGoingOn(current.record)) {
      if (this.#stopping.signal.aborted) return;
      const { partsDone }: ImportRecord = current.record;
      current = await this.#part(fleet, current, { seen, again, now: this.clock() });
      again = current?.record.partsDone === partsDone;
    }
    if (current === undefined) return;
    const { record } = current;
    if (!record.dryRun) await recordEnd(fleet, record);
    const state = record.stopped === undefined ? "ended" : "stopped";
    await this.#update(current, { state, endedAt: new Date(this.clock()).toISOString() });
    await this.store.deleteRows(record.upload ?? id, record.parts);
  }

  /** The result is stored before the progress. */
  async #part(
    fleet: Dependencies,
    current: StoredImport,
    how: { readonly seen: Set<string>; readonly again: boolean; readonly now: number },
  ): Promise<StoredImport | undefined> {
    const { id, partsDone } = current.record;
    try {
      const person = await starterOf(fleet, current.record);
      if (person === undefined) return await this.#update(current, { stopped: "access-ended" });
      const record = { ...current.record, person };
      const { complete, ...result } = await runPart(
        fleet,
        this.store,
        record,
        await this.store.rows(record, partsDone),
        how,
      );
      await this.store.putResult(id, partsDone, result);
      const { waitingFor: _, ...going } = record;
      const [created, failed] = [result.created.length, result.failed.length];
      return await this.#update(
        { ...current, record: going },
        {
          partsDone: partsDone + 1,
          done: record.done + created + failed,
          created: record.created + created,
          failed: record.failed + failed,
          ...(!complete && { stopped: "access-ended" }),
        },
      );
    } catch (error) {
      if (!(error instanceof FleetError) || !TEMPORARY.has(error.code)) throw error;
      await delay(WAIT_MS, undefined, { signal: this.#stopping.signal }).catch(() => {});
      const waiting = { waitingFor: error.message };
      return current.record.waitingFor === error.message
        ? current
        : this.#update(current, waiting).catch(() => current);
    }
  }

  async #update({ record, revision }: StoredImport, patch: Partial<ImportRecord>): Promise<StoredImport | undefined> {
    const next = { ...record, ...patch, owner: this.owner() };
    const updated = await this.store.update(next, revision);
    return updated === undefined ? undefined : { record: next, revision: updated };
  }
}

function isGoingOn({ partsDone, parts, stopped }: ImportRecord): boolean {
  return partsDone < parts && stopped === undefined;
}
