import { rm } from "node:fs/promises";
import type { Logger } from "@fleetlog/log";
import { jsonIfWhole } from "@fleetlog/runtime/node";
import type { Duck, DuckSession } from "../store/duck.ts";
import { Folder, type ListedFile } from "../store/folder.ts";
import { parquet, quotedText } from "../store/tables.ts";
import { isLost } from "../store/unreadable.ts";
import { HAPPENED } from "./happened.ts";
import type { Part } from "./manifest.ts";
import { Pins } from "./pins.ts";
import type { ArchiveSnapshot } from "./snapshot.ts";

export interface DeviceIndexOptions {
  /** Exclusive to this index, which is made again if it is lost. */
  readonly directory: string;
  readonly archive: { take(): ArchiveSnapshot };
  /** Reads the files of the archive. */
  readonly duck: Duck;
  readonly logger: Logger;
  /** Number of parts in a file of the index; default 32. */
  readonly parts?: number;
  readonly intervalMs?: number;
}

/** The reports of a device in one part. Times in milliseconds since 1970. */
export interface DeviceInPart {
  readonly part: Part;
  /** The lowest `time`. */
  readonly since: number;
  /** When the first and the last of them happened, by the device's clock. */
  readonly first: number;
  readonly last: number;
}

/** A file with the devices of some parts. The position of a part's hash is the part's number in the file. */
interface IndexFile extends ListedFile {
  readonly parts: readonly string[];
}

interface Index {
  readonly format: number;
  readonly made: number;
  readonly files: readonly IndexFile[];
}

const LIST = "index.json";
const FORMAT = 1;
const EMPTY: Index = { format: FORMAT, made: 0, files: [] };
const PARTS = 32;
const ROW_GROUP = 8_192;
const INTERVAL_MS = 30_000;

/**
 * Says in which parts of the archive each device has reports. Each of its files covers some parts, with rows in the
 * order of devices, so that DuckDB reads one row group of each file for a device.
 */
export class DeviceIndex {
  readonly #options: DeviceIndexOptions;
  readonly #folder: Folder;
  readonly #session: DuckSession;
  readonly #files: Pins<string>;
  #index: Index;
  #timer: NodeJS.Timeout | undefined;
  #updating: Promise<void> | undefined;
  #isClosed = false;

  private constructor(options: DeviceIndexOptions, folder: Folder, session: DuckSession, index: Index) {
    this.#options = options;
    this.#folder = folder;
    this.#session = session;
    this.#index = index;
    this.#files = new Pins((name) => void rm(folder.of(name), { force: true }));
  }

  static async open(options: DeviceIndexOptions): Promise<DeviceIndex> {
    const folder = new Folder(options.directory);
    const { files, made } = read(folder);
    const whole: IndexFile[] = [];
    for (const file of files) if (await folder.isWhole(file).catch(falseIfLost)) whole.push(file);
    const names = new Set(whole.map(({ name }) => name));
    folder.keepOnly((name) => name === LIST || names.has(name));
    return new DeviceIndex(options, folder, await options.duck.connect(), { ...EMPTY, made, files: whole });
  }

  start(): void {
    this.#timer = setInterval(() => void this.update(), this.#options.intervalMs ?? INTERVAL_MS);
  }

  /** Adds finished parts to the index, a whole file of parts at a time. Problems are logged. */
  update(): Promise<void> {
    this.#updating ??= this.#update()
      .catch((err: unknown) => {
        if (!this.#isClosed) this.#options.logger.warn({ err }, "could not write the archive's index of devices");
      })
      .finally(() => {
        this.#updating = undefined;
      });
    return this.#updating;
  }

  /**
   * @param parts of a snapshot
   * @returns the parts that have reports of the device, and the parts that are not in the index
   */
  async find(
    device: string,
    parts: readonly Part[],
  ): Promise<{ readonly found: readonly DeviceInPart[]; readonly unknown: readonly Part[] }> {
    const bySha = new Map(parts.map((part) => [part.file.sha256, part]));
    const files = this.#index.files.filter(({ parts: of }) => of.some((sha256) => bySha.has(sha256)));
    const release = this.#files.use(files.map(({ name }) => name));
    const session = await this.#options.duck.connect();
    try {
      const found: DeviceInPart[] = [];
      for (const { file, part: number, ...times } of await rowsOf(session, this.#pathsOf(files), device)) {
        const part = bySha.get(files[file]?.parts[number] ?? "");
        if (part !== undefined) found.push({ part, ...times });
      }
      const known = new Set(files.flatMap(({ parts: of }) => of));
      return { found, unknown: parts.filter(({ file }) => !known.has(file.sha256)) };
    } finally {
      session.close();
      release();
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#session.interrupt();
    await this.#updating;
    this.#session.close();
  }

  #pathsOf(files: readonly IndexFile[]): readonly string[] {
    return files.map(({ name }) => this.#folder.of(name));
  }

  async #update(): Promise<void> {
    const { archive, parts: most = PARTS } = this.#options;
    for (;;) {
      const { parts, files, release } = archive.take();
      try {
        await this.#dropUnused(parts);
        const known = new Set(this.#index.files.flatMap((file) => file.parts));
        const missing = parts.filter(({ file, isOpen }) => !isOpen && !known.has(file.sha256)).slice(0, most);
        if (this.#isClosed || missing.length < most) return;
        const paths = missing.map((part) => files[parts.indexOf(part)] ?? "");
        await this.#write(missing, paths);
      } finally {
        release();
      }
    }
  }

  async #write(parts: readonly Part[], paths: readonly string[]): Promise<void> {
    const rows = paths.map((path, i) => `SELECT ${i} AS part, entity, "time", devicetime FROM ${parquet([path])}`);
    const name = `d${this.#index.made}.parquet`;
    await this.#session.run(
      `COPY (SELECT entity, part::INTEGER AS part, min(epoch_ms("time")) AS since,
           min(epoch_ms(${HAPPENED})) AS first, max(epoch_ms(${HAPPENED})) AS last
         FROM (${rows.join(" UNION ALL ")}) WHERE entity IS NOT NULL GROUP BY entity, part
         HAVING min("time") IS NOT NULL ORDER BY entity, part)
       TO ${quotedText(this.#folder.of(name))} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${ROW_GROUP})`,
    );
    const file = { ...(await this.#folder.describe(name)), parts: parts.map((part) => part.file.sha256) };
    await this.#replace([...this.#index.files, file]);
  }

  /** Drops the files whose parts are all gone. */
  async #dropUnused(parts: readonly Part[]): Promise<void> {
    const listed = new Set(parts.map(({ file }) => file.sha256));
    const files = this.#index.files.filter((file) => file.parts.some((sha256) => listed.has(sha256)));
    if (files.length < this.#index.files.length) await this.#replace(files);
  }

  async #replace(files: readonly IndexFile[]): Promise<void> {
    const before = this.#index;
    const index = { format: FORMAT, made: before.made + 1, files };
    await this.#folder.replace(LIST, JSON.stringify(index));
    this.#index = index;
    for (const file of before.files) if (!files.includes(file)) this.#files.drop(file.name);
  }
}

type Row = Omit<DeviceInPart, "part"> & { readonly file: number; readonly part: number };

/** `file` is the number of the file in the list. */
async function rowsOf(session: DuckSession, paths: readonly string[], device: string): Promise<readonly Row[]> {
  if (paths.length === 0) return [];
  const all = paths.map(
    (path, i) =>
      `SELECT ${i} AS file, part, since, first, last FROM ${parquet([path])} WHERE entity = ${quotedText(device)}`,
  );
  return await session.all<Row>(all.join(" UNION ALL "));
}

function read(folder: Folder): Index {
  let found: Index | null | undefined;
  try {
    found = jsonIfWhole(folder.of(LIST)) as Index | null | undefined;
  } catch (error) {
    falseIfLost(error);
  }
  return found?.format === FORMAT ? found : EMPTY;
}

/** What the disk has lost is made again from the archive. @throws any other error */
function falseIfLost(error: unknown): false {
  if (isLost(error)) return false;
  throw error;
}
