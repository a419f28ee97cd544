import type { DatabaseSync, StatementSync } from "node:sqlite";

/**
 * Prepared statements by their text, the least recently used given up: filters combine to thousands of texts, each of which
 * takes 8 KB.
 */
export class Statements {
  readonly #db: Pick<DatabaseSync, "prepare">;
  readonly #limit: number;
  /** The least recently used first. */
  readonly #kept = new Map<string, StatementSync>();

  constructor(db: Pick<DatabaseSync, "prepare">, limit = 256) {
    this.#db = db;
    this.#limit = limit;
  }

  get size(): number {
    return this.#kept.size;
  }

  of(sql: string): StatementSync {
    const statement = this.#kept.get(sql) ?? this.#db.prepare(sql);
    this.#kept.delete(sql);
    this.#kept.set(sql, statement);
    if (this.#kept.size > this.#limit) {
      for (const oldest of this.#kept.keys()) {
        this.#kept.delete(oldest);
        break;
      }
    }
    return statement;
  }
}
