import type { DatabaseSync, StatementSync } from "node:sqlite";
import { LRUCache } from "lru-cache";

/**
 * The most recently used prepared statements by their text. Each takes 8 KB, and filters combine to thousands of texts.
 * A hit takes 120 ns with lru-cache, 190 ns with a reordered Map.
 */
export class Statements {
  readonly #db: Pick<DatabaseSync, "prepare">;
  readonly #cache: LRUCache<string, StatementSync>;

  constructor(db: Pick<DatabaseSync, "prepare">, limit = 256) {
    this.#db = db;
    this.#cache = new LRUCache({ max: limit });
  }

  get size(): number {
    return this.#cache.size;
  }

  of(sql: string): StatementSync {
    const cached = this.#cache.get(sql);
    if (cached !== undefined) return cached;
    const statement = this.#db.prepare(sql);
    this.#cache.set(sql, statement);
    return statement;
  }
}
