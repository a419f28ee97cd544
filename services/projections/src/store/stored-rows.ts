import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import type { Projection, ViewRow } from "../projection.ts";
import { encodeSet } from "../select/sets.ts";
import { DamagedRow } from "./errors.ts";
import type { MemberTables } from "./members.ts";
import { indexStatement, upsertStatement } from "./schema.ts";

const KEYS_AT_ONCE = 1_024;

/** The rows of a projection in the database. */
export class StoredRows {
  readonly #db: DatabaseSync;
  readonly #projection: Projection;
  readonly #members: MemberTables | undefined;
  readonly #select: StatementSync;
  readonly #upsert: StatementSync;
  readonly #selectKeys = new Map<string, StatementSync>();

  constructor(db: DatabaseSync, projection: Projection, members: MemberTables | undefined) {
    this.#db = db;
    this.#projection = projection;
    this.#members = members;
    this.#select = db.prepare(`SELECT row FROM ${projection.name} WHERE key = ?`);
    this.#upsert = db.prepare(upsertStatement(projection));
  }

  /**
   * The row, and the length of its JSON in characters.
   *
   * @throws DamagedRow
   */
  read(key: string): { readonly row: ViewRow; readonly length: number } | undefined {
    const found = this.#select.get(key) as { row: string } | undefined;
    if (found === undefined) return undefined;
    try {
      return { row: JSON.parse(found.row) as ViewRow, length: found.row.length };
    } catch (error) {
      throw new DamagedRow(`the row ${key} of ${this.#projection.name} is not JSON`, { cause: error });
    }
  }

  write(key: string, row: ViewRow, json: string): void {
    const { columns, ordinal } = this.#projection;
    const values: SQLInputValue[] = ordinal === undefined ? [key, row.seq] : [ordinal(row), key, row.seq];
    for (const column of columns) {
      const value = column.of(row);
      values.push(typeof value === "object" && value !== null ? encodeSet(value) : value);
    }
    values.push(json);
    this.#upsert.run(...values);
    this.#members?.written(key, row);
  }

  /** Reads page by page, each after the last key, because the caller's changes may remove rows from the index. */
  *keysWhere(column: string, value: string): Iterable<string> {
    const statement = this.#keysStatement(column);
    for (let after = ""; ; ) {
      const found = statement.all(value, after, KEYS_AT_ONCE) as { key: string }[];
      for (const { key } of found) yield key;
      const last = found.at(-1);
      if (last === undefined || found.length < KEYS_AT_ONCE) return;
      after = last.key;
    }
  }

  #keysStatement(column: string): StatementSync {
    let statement = this.#selectKeys.get(column);
    if (statement === undefined) {
      const { name, indexes } = this.#projection;
      // Needed during a build, which creates its other indexes at the end.
      const index = indexes.find(({ on }) => on[0] === column);
      if (index !== undefined) this.#db.exec(indexStatement(this.#projection, index));
      statement = this.#db.prepare(`SELECT key FROM ${name} WHERE "${column}" = ? AND key > ? ORDER BY key LIMIT ?`);
      this.#selectKeys.set(column, statement);
    }
    return statement;
  }
}
