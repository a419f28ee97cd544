import type { Logger } from "@fleetlog/log";
import { gapsOf, type Range } from "../gaps.ts";
import type { Part } from "../manifest.ts";
import { Pace } from "../pace.ts";
import type { Retention } from "../retention.ts";
import { CopiedFolder, WrongBytes } from "./copied-folder.ts";
import type { OfferedPart } from "./messages.ts";
import type { Other } from "./others.ts";

/** Events that an archive lacks and its stream no longer has. */
export interface Lacking {
  /** Parts whose files are missing or damaged. */
  readonly missing: readonly Part[];
  /** Sequences that no part has, lowest first. */
  readonly gaps: readonly Range[];
}

/** The archive that gets the copies. Names are those of files in the folder `copied`. */
export interface CompletedArchive {
  readonly copied: string;
  /** Size of the archive's files in bytes. */
  readonly bytes: number;
  lacking(): Promise<Lacking>;
  /** Restores a missing part. @returns false if the files do not have its events */
  putBack(part: Part, names: readonly string[]): Promise<boolean>;
  /** @param repeats sequences of the file's events whose id an earlier event has */
  adopt(name: string, gap: Range, repeats: readonly number[]): Promise<boolean>;
}

export interface CopiesOptions {
  readonly archive: CompletedArchive;
  readonly others: { all(): readonly Other[] };
  readonly retention: Retention;
  readonly logger: Logger;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly intervalMs?: number;
  readonly bytesPerSecond?: number;
}

const INTERVAL_MS = 10_000;
const BYTES_PER_SECOND = 16 * 1024 ** 2;
/** A file that could not be used is not requested again from the same historian for this long. */
const WRONG_MS = 600_000;
const MOST_WRONG = 1_000;
/** Maximum number of another historian's files for one missing part. */
const FILES = 4;

/** Copies from other historians what an archive lacks: one file at a time, from one historian at a time. */
export class Copies {
  readonly #options: CopiesOptions;
  readonly #folder: CopiedFolder;
  readonly #abort = new AbortController();
  /** End of the pause, by historian and file. */
  readonly #wrong = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;

  constructor(options: CopiesOptions) {
    const { archive, bytesPerSecond = BYTES_PER_SECOND } = options;
    this.#options = options;
    this.#folder = new CopiedFolder(archive.copied, new Pace(bytesPerSecond));
  }

  start(): void {
    this.#timer = setInterval(() => void this.run(), this.#options.intervalMs ?? INTERVAL_MS);
  }

  /** Asks each other historian once. Problems are logged. */
  run(): Promise<void> {
    this.#running ??= this.#run()
      .catch((err: unknown) => this.#warn({ err }, "could not copy telemetry from other historians"))
      .finally(() => {
        this.#running = undefined;
      });
    return this.#running;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#abort.abort(new Error("the historian ends"));
    await this.#running;
  }

  async #run(): Promise<void> {
    const { archive, others } = this.#options;
    for (const other of others.all()) {
      const { missing, gaps } = await archive.lacking();
      if (missing.length === 0 && gaps.length === 0) {
        await this.#folder.keepOnly([]);
        return;
      }
      try {
        for (const part of missing) await this.#putBack(other, part);
        for (const gap of gaps.toReversed()) await this.#fill(other, gap);
      } catch (err) {
        this.#warn({ err, historian: other.id }, "could not copy telemetry from another historian; trying again");
      }
    }
  }

  /** Copies the part's own file if the other historian has it, else the other's files with the part's events. */
  async #putBack(other: Other, part: Part): Promise<void> {
    const range = { from: part.firstSeq, to: part.lastSeq };
    const offered: OfferedPart[] = [];
    for await (const one of other.list(range)) offered.unshift(one);
    const same = offered.find(({ sha256 }) => sha256 === part.file.sha256);
    const wanted = same === undefined ? offered : [same];
    if (gapsOf(wanted, range).length > 0 || wanted.length > FILES) return;
    if (wanted.some((one) => this.#isWrong(other, one))) return;
    const names: string[] = [];
    for (const one of wanted) names.push(await this.#copied(other, one, names));
    await this.#used(other, wanted, () => this.#options.archive.putBack(part, names));
  }

  /** Copies the gap's events, the newest first, as far as the retention keeps them. */
  async #fill(other: Other, gap: Range): Promise<void> {
    const { archive, retention, now } = this.#options;
    for await (const one of other.list(gap)) {
      if (one.newest < now() - retention.maxAgeMs || archive.bytes + one.bytes > retention.maxBytes) return;
      if (this.#isWrong(other, one)) continue;
      const range = { from: Math.max(gap.from, one.firstSeq), to: Math.min(gap.to, one.lastSeq) };
      const name = await this.#copied(other, one, []);
      await this.#used(other, [one], () => archive.adopt(name, range, one.repeats));
    }
  }

  async #copied(other: Other, part: OfferedPart, kept: readonly string[]): Promise<string> {
    await this.#folder.keepOnly([...kept, part.sha256]);
    try {
      return await this.#folder.copy(other, part, this.#abort.signal);
    } catch (error) {
      if (error instanceof WrongBytes) this.#setWrong(other, part);
      throw error;
    }
  }

  /** @param task returns false if the copied files do not have the events */
  async #used(other: Other, parts: readonly OfferedPart[], task: () => Promise<boolean>): Promise<void> {
    let isUsed = false;
    try {
      isUsed = await task();
    } finally {
      if (!isUsed) for (const part of parts) this.#setWrong(other, part);
    }
    const [from, to] = [parts[0]?.firstSeq, parts.at(-1)?.lastSeq];
    if (isUsed) this.#options.logger.info({ from, to, historian: other.id }, "copied telemetry from another historian");
  }

  #isWrong(other: Other, { sha256 }: OfferedPart): boolean {
    return (this.#wrong.get(`${sha256} ${other.id}`) ?? 0) > performance.now();
  }

  #setWrong(other: Other, { sha256 }: OfferedPart): void {
    if (this.#wrong.size >= MOST_WRONG) this.#wrong.clear();
    this.#wrong.set(`${sha256} ${other.id}`, performance.now() + WRONG_MS);
  }

  #warn(facts: object, message: string): void {
    if (!this.#abort.signal.aborted) this.#options.logger.warn(facts, message);
  }
}
