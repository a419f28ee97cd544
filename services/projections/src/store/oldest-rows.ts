import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Projection } from "../projection.ts";

/** Deletes the rows with the smallest ordinals when a projection has more than `newest` rows. */
export class OldestRows {
  readonly #newest: number;
  readonly #count: StatementSync;
  readonly #last: StatementSync;
  readonly #drop: StatementSync;
  #rows: number | undefined;
  #lastSeen = 0;
  /** Number of rows noted by {@link noteWritten} since the last {@link drop}. */
  #written = 0;

  constructor(db: DatabaseSync, { name }: Projection, newest: number) {
    this.#newest = newest;
    this.#count = db.prepare(`SELECT count(*) AS n FROM ${name} WHERE ordinal > ?`);
    this.#last = db.prepare(`SELECT max(ordinal) AS last FROM ${name}`);
    this.#drop = db.prepare(
      `DELETE FROM ${name} WHERE ordinal IN (SELECT ordinal FROM ${name} ORDER BY ordinal LIMIT ?)`,
    );
  }

  /** @returns true if {@link drop} should not wait for the end of a long transaction, because many rows were written */
  noteWritten(rows: number): boolean {
    this.#written += rows;
    return this.#written >= this.#newest;
  }

  /** Call after all changed rows are written: a deleted row that is written afterwards would come back. */
  drop(): void {
    this.#written = 0;
    const { last } = this.#last.get() as { last: number | null };
    if (last === null || last === this.#lastSeen) return;
    const { n } = this.#count.get(this.#lastSeen) as { n: number };
    this.#rows = (this.#rows ?? 0) + n;
    this.#lastSeen = last;
    const excess = this.#rows - this.#newest;
    if (excess <= 0) return;
    this.#drop.run(excess);
    this.#rows = this.#newest;
  }
}
