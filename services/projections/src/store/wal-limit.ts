import { statSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";

export interface WalLimits {
  /** More than what kept states may cause (`KEPT_LIMITS`), so that those are released first. */
  readonly bytes: number;
  readonly checkEveryCommits: number;
  /** Milliseconds for which the writer waits for running reads. If they take longer, the next check tries again. */
  readonly waitMs: number;
}

const WAL_LIMITS: WalLimits = { bytes: 256 * 1024 * 1024, checkEveryCommits: 64, waitMs: 1_000 };

/**
 * Bounds SQLite's write-ahead log while readers overlap. SQLite writes to the log's start again only if no read uses
 * the log at the moment of a commit. So long reads that follow one another would let it grow without end.
 */
export class WalLimit {
  readonly #db: DatabaseSync;
  readonly #path: string;
  readonly #timeoutMs: number;
  readonly #limits: WalLimits;
  #commits = 0;

  /** @param timeoutMs the connection's own `busy_timeout`, which is set again after a wait */
  constructor(db: DatabaseSync, path: string, timeoutMs: number, limits: WalLimits = WAL_LIMITS) {
    this.#db = db;
    this.#path = `${path}-wal`;
    this.#timeoutMs = timeoutMs;
    this.#limits = limits;
  }

  /** Call after each commit. If the log is too large, waits until running reads end, but at most `waitMs`. */
  committed(): void {
    const { bytes, checkEveryCommits, waitMs } = this.#limits;
    this.#commits += 1;
    if (this.#commits % checkEveryCommits !== 0) return;
    if ((statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0) <= bytes) return;
    this.#db.exec(`PRAGMA busy_timeout = ${waitMs}`);
    try {
      // Only this store is checkpointed, because attached stores have writers of their own. A busy store is reported in
      // a row of the result, not by an error.
      this.#db.prepare("PRAGMA main.wal_checkpoint(RESTART)").get();
    } finally {
      this.#db.exec(`PRAGMA busy_timeout = ${this.#timeoutMs}`);
    }
  }
}
