import { mkdirSync, statSync } from "node:fs";
import { open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { FleetError, type RecordedEvent, type StreamName } from "@fleetlog/domain";
import { type Logger, lastingDifference } from "@fleetlog/log";
import { lockFolder } from "@fleetlog/projections/folding";
import { writeParquet } from "../export/parquet.ts";
import { onceOf, readSpan, type SpanReading } from "../spans/reading.ts";
import type { Duck } from "../store/duck.ts";
import { Folder } from "../store/folder.ts";
import {
  fileName,
  type LakeManifest,
  type LakeSpan,
  nextSeq,
  readLakeManifest,
  writeLakeManifest,
} from "./manifest.ts";

export interface LakeOptions {
  /** The log, with the telemetry that its stream has dropped. */
  readonly log: SpanReading;
  /** Holds this export only. */
  readonly directory: string;
  /** Has one thread, so that rows keep their order. */
  readonly duck: Duck;
  /** Milliseconds after which new events are written, however few. */
  readonly intervalMs: number;
  readonly logger: Logger;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Maximum number of sequences in a file; default 100,000. */
  readonly maxSequences?: number;
  /** For tests: called before each step that changes the folder. */
  readonly beforeStep?: (step: string) => void;
}

const STREAMS: readonly StreamName[] = ["FLEET", "TELEMETRY"];
const MAX_SEQUENCES = 100_000;
/** A file holds about this many bytes of the log's events. */
const FILE_BYTES = 64 * 1024 ** 2;
const CHECK_MS = 10_000;

/**
 * A folder of Parquet files for other programs. The folder grows with the log. Each file equals, byte for byte, an
 * export of the same sequences.
 */
export class Lake {
  readonly #options: LakeOptions;
  #open: { readonly folder: Folder; readonly lock: { close(): void } } | undefined;
  #manifest: LakeManifest = { format: 1, files: [] };
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(options: LakeOptions) {
    this.#options = options;
  }

  get manifest(): LakeManifest {
    return this.#manifest;
  }

  /** Writes files from now on, and retries after failures. A failure that repeats is logged once. */
  start(): void {
    const { logger, directory } = this.#options;
    let problem: string | undefined;
    const check = () => {
      this.#running = this.write().then(
        () => {
          if (problem !== undefined) logger.info({ directory }, "the export of the history goes on");
          problem = undefined;
        },
        (err: unknown) => {
          const text = String(err);
          if (this.#isClosed || text === problem) return;
          problem = text;
          logger.error({ err, directory }, "could not continue the export of the history");
        },
      );
      void this.#running.then(() => {
        if (!this.#isClosed) this.#timer = setTimeout(check, Math.min(CHECK_MS, this.#options.intervalMs));
      });
    };
    check();
  }

  /**
   * Writes all files that are due. Does nothing while another historian writes to the folder.
   *
   * @throws FleetError `conflict` if the folder has events of another log, or its list of files is not that of an
   * export
   */
  async write(): Promise<void> {
    if (!this.#begin()) return;
    if (this.#manifest.next !== undefined) await this.#writeFile(this.#manifest.next);
    for (const stream of STREAMS) {
      await this.#mustMatch(stream);
      for (let span = await this.#due(stream); span !== undefined && !this.#isClosed; span = await this.#due(stream)) {
        await this.#writeFile(span);
      }
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#running;
    this.#open?.lock.close();
  }

  get #folder(): Folder {
    if (this.#open === undefined) throw new TypeError("the folder is not open");
    return this.#open.folder;
  }

  /** False while another historian has the folder. */
  #begin(): boolean {
    if (this.#open !== undefined) return true;
    const { directory, beforeStep } = this.#options;
    const lock = locked(directory);
    if (lock === undefined) return false;
    try {
      const folder = new Folder(directory, beforeStep);
      this.#manifest = readLakeManifest(folder);
      this.#open = { folder, lock };
    } catch (error) {
      lock.close();
      throw error;
    }
    return true;
  }

  async #due(stream: StreamName): Promise<LakeSpan | undefined> {
    const { log, maxSequences = MAX_SEQUENCES, intervalMs, now } = this.#options;
    const { firstSeq, lastSeq, events, bytes } = await log.state(stream);
    const from = Math.max(nextSeq(this.#manifest, stream), firstSeq, 1);
    if (lastSeq < from) return undefined;
    const length = Math.max(
      1,
      Math.min(maxSequences, Math.floor((FILE_BYTES * Math.max(events, 1)) / Math.max(bytes, 1))),
    );
    if (lastSeq - from + 1 < length && now() - this.#writtenAt(stream) < intervalMs) return undefined;
    return { stream, from, to: Math.min(lastSeq, from + length - 1) };
  }

  /** When the stream's newest file was written, milliseconds since 1970; 0 without a file. */
  #writtenAt(stream: StreamName): number {
    const last = this.#manifest.files.findLast((one) => one.stream === stream);
    return last === undefined ? 0 : (statSync(this.#folder.of(last.file), { throwIfNoEntry: false })?.mtimeMs ?? 0);
  }

  /** Refuses to go on if the log was replaced, or has lost its newest events. @throws FleetError `conflict` */
  async #mustMatch(stream: StreamName): Promise<void> {
    const last = this.#manifest.files.findLast((one) => one.stream === stream && one.lastId !== undefined);
    if (last === undefined) return;
    const isOther = await lastingDifference(this.#options.log, stream, async () => {
      if (this.#isClosed) return undefined;
      const { firstSeq, lastSeq } = await this.#options.log.state(stream);
      const isThere = lastSeq >= last.to && (last.to < firstSeq || (await this.#idUpTo(last)) === last.lastId);
      return isThere ? undefined : true;
    });
    if (isOther === undefined) return;
    throw new FleetError("conflict", `${this.#folder.path} has events of ${stream} that are not of this log`, {
      advice: "Move its files away; the export starts again in an empty folder.",
    });
  }

  async #idUpTo({ stream, from, to }: LakeSpan): Promise<string | undefined> {
    let id: string | undefined;
    // Usually the newest events are enough. If they are gone from the log, the whole span is read.
    for (const first of [Math.max(from, to - 100), from]) {
      for await (const event of readSpan(this.#options.log, { stream }, { from: first, to })) id = event.id;
      if (id !== undefined) return id;
    }
    return id;
  }

  async #writeFile(span: LakeSpan): Promise<void> {
    const folder = this.#folder;
    if (this.#manifest.next === undefined) await this.#replace({ ...this.#manifest, next: span });
    const file = fileName(span);
    // Programs look for *.parquet, and must not find the file before it is complete.
    const unfinished = `${file}.unfinished`;
    mkdirSync(dirname(folder.of(file)), { recursive: true });
    let lastId: string | undefined;
    async function* events(log: LakeOptions["log"]): AsyncGenerator<RecordedEvent> {
      for await (const event of readSpan(log, { stream: span.stream }, span)) {
        lastId = event.id;
        yield event;
      }
    }
    folder.step(`write ${file}`);
    const { duck, log } = this.#options;
    // `lastId` is read before repeats are left out, because it is compared with the log, which has the repeats.
    const count = await writeParquet(duck, folder.of(unfinished), onceOf(log, events(log)));
    const { bytes, sha256 } = await folder.describe(unfinished);
    folder.step(`rename ${file}`);
    await rename(folder.of(unfinished), folder.of(file));
    await synced(dirname(folder.of(file)));
    const listed = { file, ...span, events: count, bytes, sha256, ...(lastId !== undefined && { lastId }) };
    await this.#replace({ format: 1, files: [...this.#manifest.files, listed] });
  }

  async #replace(manifest: LakeManifest): Promise<void> {
    await writeLakeManifest(this.#folder, manifest);
    this.#manifest = manifest;
  }
}

function locked(directory: string): { close(): void } | undefined {
  try {
    return lockFolder(directory, "historian");
  } catch (error) {
    if (error instanceof FleetError && error.code === "conflict") return undefined;
    throw error;
  }
}

async function synced(directory: string): Promise<void> {
  const folder = await open(directory, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
