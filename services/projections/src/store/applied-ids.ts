import type { DatabaseSync, StatementSync } from "node:sqlite";
import { KnownIds, newSeed, type Seed } from "@fleetlog/log";

/**
 * Maximum rows that one transaction deletes. A transaction adds one row, so old rows are deleted faster than new ones
 * are added, and no transaction takes long.
 */
const DELETED_AT_ONCE = 8;

/** Number of ids in a row when a large transaction saves them. More ids at once would only take memory. */
const SAVED_AT_ONCE = 65_536;

/** The ids of the newest applied events. Each transaction saves its ids, mostly as one row, together with the checkpoint. */
export class AppliedIds {
  readonly #known: KnownIds;
  readonly #insert: StatementSync;
  readonly #delete: StatementSync;
  readonly #saved: StatementSync;
  #loaded = false;
  #rotations = 0;
  /** The sequence of the newest saved row. */
  #savedThrough = 0;
  /** The sequence of the last row with no id of the young generation. */
  #rotatedAfter = 0;
  #forgetThrough = 0;
  #forgotten = true;

  constructor(db: DatabaseSync, generation?: number) {
    db.exec(`
      CREATE TABLE IF NOT EXISTS applied (seq INTEGER PRIMARY KEY, ids BLOB NOT NULL) STRICT;
      CREATE TABLE IF NOT EXISTS applied_seed (first INTEGER NOT NULL, second INTEGER NOT NULL) STRICT;
    `);
    this.#known = new KnownIds(generation, seedIn(db));
    this.#insert = db.prepare("INSERT INTO applied (seq, ids) VALUES (?, ?)");
    this.#delete = db.prepare(
      `DELETE FROM applied WHERE seq IN (SELECT seq FROM applied WHERE seq <= ? ORDER BY seq LIMIT ${DELETED_AT_ONCE})`,
    );
    this.#saved = db.prepare("SELECT seq, ids FROM applied ORDER BY seq");
  }

  /**
   * Reads the saved ids, on the first call. The constructor must not read them, because callers recognise a damaged
   * file only when they read or write rows.
   */
  load(): void {
    if (this.#loaded) return;
    this.#loaded = true;
    for (const { seq, ids } of this.#saved.iterate()) {
      this.#known.restore(ids as Uint8Array);
      this.#noteRotation();
      this.#savedThrough = Number(seq);
    }
  }

  /** Notes an id. Returns false if an event with this id was applied already. */
  add(id: string): boolean {
    return this.#known.add(id);
  }

  /** Saves the ids added since the last call if they are many. */
  saveIfMany(through: number): void {
    if (this.#known.added >= SAVED_AT_ONCE) this.save(through);
  }

  /**
   * Saves the ids added since the last call. To be called within the transaction that writes the checkpoint.
   *
   * @param through the sequence of the newest applied event or a later one
   */
  save(through: number): void {
    const added = this.#known.takeAdded();
    if (added !== undefined) this.#insert.run(through, added);
    this.#noteRotation();
    this.#savedThrough = through;
    if (!this.#forgotten) this.#forgotten = Number(this.#delete.run(this.#forgetThrough).changes) < DELETED_AT_ONCE;
  }

  #noteRotation(): void {
    const { rotations } = this.#known;
    if (rotations === this.#rotations) return;
    this.#rotations = rotations;
    this.#forgetThrough = this.#rotatedAfter;
    this.#rotatedAfter = this.#savedThrough;
    this.#forgotten = false;
  }
}

function seedIn(db: DatabaseSync): Seed {
  const saved = db.prepare("SELECT first, second FROM applied_seed").get();
  if (saved !== undefined) return [Number(saved.first), Number(saved.second)];
  const seed = newSeed();
  db.prepare("INSERT INTO applied_seed (first, second) VALUES (?, ?)").run(...seed);
  return seed;
}
