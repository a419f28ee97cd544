import { FleetError } from "@fleetlog/domain";
import type { Logger } from "pino";
import { persist } from "../persist.ts";
import { type Boot, type BootStore, type Boots, loadBoots, type ReportCategory, saveBoots } from "./boots.ts";
import { findReport } from "./search.ts";
import type { SeqRanges } from "./seq-ranges.ts";

/**
 * A boot's saved number may be ahead of its reports by up to this much. If the number had to be exact, a device that
 * alternates between two boots would cause a save with each report.
 */
const MAX_AHEAD = 1_024;

/**
 * Recognises the repeats among a device's reports of one category, by boot and number. A report that is newer than all
 * others of its boot is no repeat, so the log is not read for it.
 */
export class CategoryRepeats {
  readonly #store: BootStore;
  readonly #category: ReportCategory;
  readonly #device: string;
  readonly #logger: Logger;
  #loaded: Boots | undefined;
  #current: Boot | undefined;
  #currentName: string | number | undefined;
  /** The stored numbers of one boot, after all of its reports were read. */
  #stored: { readonly boot: string; readonly ranges: SeqRanges; through: number } | undefined;
  #ahead = 0;
  #lastSeq = 0;
  /** Logged once, because a device may have a new boot in each report. */
  #saveFailed = false;
  #closed = false;

  constructor(store: BootStore, category: ReportCategory, device: string, logger: Logger) {
    this.#store = store;
    this.#category = category;
    this.#device = device;
    this.#logger = logger;
  }

  noteStored(boot: string | number, seq: number, logSeq: number): void {
    this.#lastSeq = Math.max(this.#lastSeq, logSeq);
    const stored = this.#stored;
    if (stored === undefined || stored.boot !== String(boot)) return;
    if (stored.ranges.add(seq)) stored.through = Math.max(stored.through, logSeq);
    else this.#stored = undefined;
  }

  close(): void {
    this.#closed = true;
  }

  /** Whether the report is newer than all others of the current boot. If so, it becomes the newest. */
  isNewest(boot: string | number, seq: number): boolean {
    const current = this.#current;
    if (current === undefined || boot !== this.#currentName || seq <= current.highest) return false;
    current.highest = seq;
    return true;
  }

  /**
   * Resolves with the report's log sequence or a later one; undefined if the report is not stored. Calls must not
   * overlap.
   * @throws FleetError `log-unavailable` after `close`
   */
  async decide(name: string | number, seq: number): Promise<number | undefined> {
    let decided: { readonly stored: number | undefined } | undefined;
    await persist(
      async () => {
        decided = { stored: await this.#decide(name, seq) };
      },
      () => this.#closed,
      (err, waitMs) => {
        // The node has its own log line for an outage of the log.
        const level = isAway(err) ? "debug" : "warn";
        this.#logger[level]({ err, waitMs }, "could not check whether a report is stored already; trying again");
      },
    );
    if (decided === undefined)
      throw new FleetError("log-unavailable", "the session ended before the report was stored");
    return decided.stored;
  }

  async #decide(name: string | number, seq: number): Promise<number | undefined> {
    if (this.isNewest(name, seq)) return undefined;
    const boot = String(name);
    for (;;) {
      this.#loaded ??= await loadBoots(this.#store, this.#category, this.#device);
      const { boots } = this.#loaded;
      let known = boots.get(boot);
      if (known === undefined) {
        known = { from: Math.max(this.#lastSeq, this.#loaded.lastSeq) + 1, highest: -1, saved: -1 };
        boots.set(boot, known);
      }
      const isNewest = seq > known.highest;
      const stored = isNewest ? undefined : await this.#find(boot, seq, known);
      if (stored !== undefined) return stored;
      if (!(await this.#save(this.#loaded, isNewest ? known : undefined))) continue;
      known.highest = Math.max(known.highest, seq);
      this.#current = known;
      this.#currentName = name;
      return undefined;
    }
  }

  async #find(boot: string, seq: number, known: Boot): Promise<number | undefined> {
    const stored = this.#stored;
    if (stored?.boot === boot) return stored.ranges.has(seq) ? stored.through : undefined;
    const found = await findReport(this.#store.log, this.#category, this.#device, { boot, seq }, known);
    if (found.stored !== undefined) this.#stored = { boot, ranges: found.stored, through: found.through };
    return found.seq;
  }

  /**
   * Saves what the next session can't learn from the newest stored report.
   * @returns false if another session has saved since: the boots must be loaded again
   */
  async #save(loaded: Boots, newest: Boot | undefined): Promise<boolean> {
    const { boots } = loaded;
    const unsaved = (boot: Boot) => (boot === newest ? boot.saved < 0 : boot.highest > boot.saved);
    const changed = [...boots.values()].filter(unsaved);
    if (changed.length === 0) return true;
    const ahead = this.#ahead;
    // `#ahead` grows only for a device that returns to an earlier boot or number.
    if (newest === undefined || newest.saved >= 0) this.#ahead = Math.min(MAX_AHEAD, ahead * 2 + 1);
    const next = new Map(changed.map((boot) => [boot, boot.highest + (boot === newest ? 0 : ahead)]));
    try {
      const highestOf = (boot: Boot) => next.get(boot) ?? boot.saved;
      const revision = await saveBoots(this.#store, this.#category, this.#device, loaded, highestOf);
      if (revision === undefined) {
        this.#loaded = undefined;
        this.#current = undefined;
        return false;
      }
      this.#loaded = { ...loaded, revision };
    } catch (error) {
      if (isAway(error)) throw error;
      // A repeat that is stored twice is better than a refused report.
      if (!this.#saveFailed)
        this.#logger.warn(
          { err: error },
          "could not save the device's boots; repeats of its reports may be stored again",
        );
      this.#saveFailed = true;
    }
    for (const [boot, saved] of next) boot.saved = Math.max(0, saved);
    return true;
  }
}

function isAway(error: unknown): boolean {
  return error instanceof FleetError && error.code === "log-unavailable";
}
