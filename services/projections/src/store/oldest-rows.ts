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

  constructor(db: DatabaseSync, { name }: Projection, newest: number) {
    this.#newest = newest;
    this.#count = db.prepare(`SELECT count(*) AS n FROM ${name} WHERE ordinal > ?`);
    this.#last = db.prepare(`SELECT max(ordinal) AS last FROM ${name}`);
    this.#drop = db.prepare(
      `DELETE FROM ${name} WHERE ordinal IN (SELECT ordinal FROM ${name} ORDER BY ordinal LIMIT ?)`,
    );
  }

  /** Call after all rows of a transaction are written: new rows have the largest ordinals. */
  drop(): void {
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
