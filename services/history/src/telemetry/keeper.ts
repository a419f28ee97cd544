import { setTimeout as sleep } from "node:timers/promises";
import { type EventLog, type Logger, lastingDifference, type Subscription } from "@fleetlog/log";
import type { ArchiveReport } from "@fleetlog/protocol";
import type { Duck } from "../store/duck.ts";
import { UnreadableFile } from "../store/unreadable.ts";
import { TelemetryArchive } from "./archive.ts";
import type { CompletedArchive, Lacking } from "./copies/copies.ts";
import type { Range } from "./gaps.ts";
import type { KnownRepeats } from "./known-repeats.ts";
import type { Part } from "./manifest.ts";
import { matching } from "./matching.ts";
import { missingOf, Refill } from "./refill.ts";
import type { Retention } from "./retention.ts";
import { Scrub } from "./scrub.ts";
import type { ArchiveSnapshot } from "./snapshot.ts";

export interface KeeperOptions {
  readonly log: Pick<EventLog, "read" | "state" | "subscribe">;
  readonly directory: string;
  readonly duck: Duck;
  readonly retention: Retention;
  readonly logger: Logger;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Called once, when the stream can't be followed any more. */
  readonly onFailure: (error: unknown) => void;
  readonly saveMs?: number;
  /** Limit of {@link TelemetryKeeper.catchUp}. */
  readonly catchUpMs?: number;
  readonly span?: number;
  /** @see ScrubOptions.pauseMs */
  readonly scrubPauseMs?: number;
}

const BATCH = 2_048;
/** Milliseconds between saves. After a crash, the events since the last save are read from the stream again. */
const SAVE_MS = 60_000;
const CATCH_UP_MS = 3_000;

/** Follows the stream TELEMETRY into the archive. */
export class TelemetryKeeper implements CompletedArchive, KnownRepeats {
  readonly #options: KeeperOptions;
  readonly #archive: TelemetryArchive;
  readonly #refill: Refill;
  readonly #scrub: Scrub;
  #subscription: Subscription | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Runs changes of the archive one after another. */
  #last: Promise<unknown> = Promise.resolve();
  #goal = 0;
  #isClosed = false;

  private constructor(options: KeeperOptions, archive: TelemetryArchive, refill: Refill) {
    this.#options = options;
    this.#refill = refill;
    this.#archive = archive;
    this.#scrub = new Scrub({
      parts: () => archive.manifest.parts,
      check: (part) => this.#isWholeOrUnreadable(part),
      now: options.now,
      pauseMs: options.scrubPauseMs,
    });
  }

  static async open(options: KeeperOptions): Promise<TelemetryKeeper> {
    const { directory, log, logger } = options;
    const archive = await TelemetryArchive.open(options);
    const refill = new Refill(options);
    try {
      const { parts } = archive.manifest;
      const own = await lastingDifference(log, "TELEMETRY", async () => {
        const found = await matching(log, parts);
        const isBehind = archive.seq > (await log.state("TELEMETRY")).lastSeq;
        return found.length < parts.length || isBehind ? found : undefined;
      });
      if (own !== undefined) {
        const setAside = parts.length - own.length;
        if (setAside > 0) {
          logger.warn({ directory, setAside }, "telemetry in the archive is not of this log; its files are set aside");
        }
        await archive.keepOnly(own, Math.min(archive.seq, own.at(-1)?.lastSeq ?? 0));
      }
      const { firstSeq } = await log.state("TELEMETRY");
      await archive.skipTo(firstSeq - 1);
      await refill.run(archive.repairs);
    } catch (error) {
      archive.close();
      throw error;
    }
    return new TelemetryKeeper(options, archive, refill);
  }

  /** Sequence up to which the stream TELEMETRY was read into the archive. */
  get seq(): number {
    return this.#archive.seq;
  }

  /** The folder of the files that are copied from other historians. */
  get copied(): string {
    return this.#archive.repairs.copied;
  }

  /** Size of the archive's files in bytes. */
  get bytes(): number {
    return this.#archive.manifest.parts.reduce((sum, { file }) => sum + file.bytes, 0);
  }

  start(): void {
    const { log, onFailure, saveMs = SAVE_MS } = this.#options;
    this.#subscription = log.subscribe({
      stream: "TELEMETRY",
      from: this.#archive.seq + 1,
      maxBatch: BATCH,
      onBatch: ({ events, throughSeq }) => this.#next(() => this.#archive.apply(events, throughSeq)),
    });
    this.#subscription.ended.catch(onFailure);
    this.#timer = setInterval(() => void this.#save().catch(onFailure), saveMs);
    void this.#scrub.run().catch(onFailure);
  }

  isRepeat(seq: number): boolean {
    return this.#archive.isRepeat(seq);
  }

  take(): ArchiveSnapshot {
    return this.#archive.take();
  }

  /**
   * True if a part's file is as it was written, or if the part is not listed any more. Otherwise the archive goes on
   * without the part, or reads it from the stream again.
   *
   * @throws UnreadableFile if the file can't be read now
   */
  async isWhole(part: Part): Promise<boolean> {
    if (await this.#archive.isWhole(part)) return true;
    return await this.#next(async () => {
      if (!this.#archive.manifest.parts.some(({ file }) => file.name === part.file.name)) return true;
      await this.#archive.setAside(part);
      await this.#refill.run(this.#archive.repairs);
      return false;
    });
  }

  /** As {@link isWhole}; true also for a file that can't be read now. */
  async #isWholeOrUnreadable(part: Part): Promise<boolean> {
    try {
      return await this.isWhole(part);
    } catch (err) {
      if (!(err instanceof UnreadableFile)) throw err;
      this.#options.logger.warn(
        { err },
        "could not check a file of the archive of telemetry; it is checked again later",
      );
      return true;
    }
  }

  /** Events that the archive lacks and the stream no longer has. */
  async lacking(): Promise<Lacking> {
    const { firstSeq } = await this.#options.log.state("TELEMETRY");
    const missing = this.#archive.repairs.missing.filter((part) => this.#refill.isImpossible(part, firstSeq));
    return { missing, gaps: this.#archive.gaps(firstSeq - 1) };
  }

  putBack(part: Part, names: readonly string[]): Promise<boolean> {
    return this.#next(() => this.#archive.repairs.putBackCopied(part, names));
  }

  adopt(name: string, gap: Range, repeats: readonly number[]): Promise<boolean> {
    return this.#next(() => this.#archive.repairs.adopt(name, gap, repeats));
  }

  /** Sets parts aside whose files are missing, have another size, or were changed since they were seen last. */
  checkFiles(): Promise<void> {
    return this.#next(() => this.#archive.checkFiles());
  }

  /** Resolves when the archive has the stream's newest event, or after some seconds. */
  async catchUp(): Promise<void> {
    const until = performance.now() + (this.#options.catchUpMs ?? CATCH_UP_MS);
    const { lastSeq } = await this.#options.log.state("TELEMETRY");
    while (this.#archive.seq < lastSeq && performance.now() < until) await sleep(20);
  }

  /** The archive's progress and content. */
  async report(): Promise<ArchiveReport> {
    const { lastSeq } = await this.#options.log.state("TELEMETRY").catch(() => ({ lastSeq: this.#goal }));
    this.#goal = Math.max(this.#goal, lastSeq);
    const { seq, manifest } = this.#archive;
    const { bytes } = this;
    const first = manifest.parts[0]?.firstSeq;
    const lag = Math.max(0, this.#goal - seq);
    const missing = missingOf(this.#archive.repairs.missing);
    return {
      ...{ seq, lag, bytes, check: this.#scrub.report },
      ...(first !== undefined && { first }),
      ...(missing !== undefined && { missing }),
    };
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#scrub.stop();
    await this.#subscription?.stop().catch(() => {});
    await this.#next(() => this.#archive.save()).catch(() => {});
    this.#archive.close();
  }

  async #save(): Promise<void> {
    await this.#next(async () => {
      await this.#archive.save();
      await this.#archive.repairs.restore();
      await this.#refill.run(this.#archive.repairs);
    });
  }

  #next<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task);
    this.#last = result.catch(() => {});
    return result;
  }
}
