import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { ArchiveReport } from "@fleetlog/protocol";
import type { DuckSession } from "../store/duck.ts";
import { quotedText } from "../store/tables.ts";
import { UnchangedFiles } from "../store/unchanged.ts";
import type { TelemetryKeeper } from "./keeper.ts";
import { missingOf } from "./refill.ts";

export interface QueryFiles {
  readonly files: readonly string[];
  /** Sequences of events whose id an earlier event has. */
  readonly repeats: readonly number[];
  /** Sequences in missing or damaged files; undefined if there are none. */
  readonly missing: ArchiveReport["missing"];
  /** Call after the files were read. @throws FleetError `history-unavailable` if one was changed since they were taken */
  expectWhole(): void;
  /** The files may be deleted after this. */
  release(): void;
}

/** The archive as files that another process reads, including the events that were only in memory. */
export class TelemetryFiles {
  readonly #keeper: Pick<TelemetryKeeper, "take" | "catchUp" | "checkFiles">;
  readonly #session: DuckSession;
  readonly #directory: string;
  #files = 0;

  /**
   * @param session of the archive's DuckDB
   * @param directory exclusive to this object; the constructor empties it
   */
  constructor(
    keeper: Pick<TelemetryKeeper, "take" | "catchUp" | "checkFiles">,
    session: DuckSession,
    directory: string,
  ) {
    this.#keeper = keeper;
    this.#session = session;
    this.#directory = directory;
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
  }

  async take(): Promise<QueryFiles> {
    await this.#keeper.catchUp();
    await this.#keeper.checkFiles();
    const { files, missing: parts, table, seq, repeats, release } = this.#keeper.take();
    const taken = new UnchangedFiles(files);
    const missing = missingOf(parts);
    if (table === undefined) {
      return { files, repeats, missing, expectWhole: () => taken.expectUnchanged(), release };
    }
    const newest = join(this.#directory, `${++this.#files}.parquet`);
    const releaseAll = () => {
      release();
      rmSync(newest, { force: true });
    };
    try {
      const rows = `SELECT * FROM ${table} WHERE seq <= ${seq}`;
      await this.#session.run(`COPY (${rows}) TO ${quotedText(newest)} (FORMAT parquet)`);
    } catch (error) {
      releaseAll();
      throw error;
    }
    const written = new UnchangedFiles([newest]);
    const expectWhole = () => {
      taken.expectUnchanged();
      written.expectUnchanged();
    };
    return { files: [...files, newest], repeats, missing, expectWhole, release: releaseAll };
  }

  close(): void {
    this.#session.close();
  }
}
