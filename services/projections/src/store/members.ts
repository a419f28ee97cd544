import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Column, Projection, ViewRow } from "../projection.ts";
import { memberTable } from "../select/sets.ts";
import { memberColumns } from "./schema.ts";

/** Keeps the member tables of a projection's sets up to date. Rows with unchanged sets cost nothing. */
export class MemberTables {
  readonly #tables: readonly {
    readonly column: Column;
    readonly insert: StatementSync;
    readonly remove: StatementSync;
  }[];
  /** Stored state of each row whose changed set is not written yet. */
  readonly #before = new Map<string, ViewRow | undefined>();

  constructor(db: DatabaseSync, projection: Projection) {
    this.#tables = memberColumns(projection).map((column) => {
      const table = memberTable(projection, column);
      return {
        column,
        insert: db.prepare(`INSERT OR IGNORE INTO ${table} (member, key) VALUES (?, ?)`),
        remove: db.prepare(`DELETE FROM ${table} WHERE member = ? AND key = ?`),
      };
    });
  }

  changed(key: string, before: ViewRow | undefined, after: ViewRow): void {
    for (const { column } of this.#tables) {
      // Most unchanged sets are the same object.
      if (before !== undefined && column.of(before) === column.of(after)) continue;
      if (!this.#before.has(key)) this.#before.set(key, before);
    }
  }

  written(key: string, row: ViewRow): void {
    if (!this.#before.has(key)) return;
    const before = this.#before.get(key);
    for (const { column, insert, remove } of this.#tables) {
      const [old, now] = [before === undefined ? [] : membersOf(column, before), membersOf(column, row)];
      for (const member of old) if (!now.includes(member)) remove.run(member, key);
      for (const member of now) if (!old.includes(member)) insert.run(member, key);
    }
  }

  settled(key: string): void {
    this.#before.delete(key);
  }
}

function membersOf(column: Column, row: ViewRow): readonly string[] {
  const value = column.of(row);
  return typeof value === "object" && value !== null ? value : [];
}
