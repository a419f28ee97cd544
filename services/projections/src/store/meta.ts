import type { DatabaseSync, StatementSync } from "node:sqlite";

/** An event's sequence and id. */
export interface Mark {
  readonly seq: number;
  readonly id: string;
}

/** The state of a file of rows. */
export interface Meta {
  /** Stream sequence up to which the rows are built; 0: nothing yet. */
  checkpoint: number;
  /** The first and the last event in the rows. A log with other events at their sequences is another log. */
  first: Mark | null;
  last: Mark | null;
  /** For each projection: sequence of the newest event that has changed a row. */
  changedAt: Readonly<Record<string, number>>;
  /** The rows have caught up with the stream once, and may serve queries. */
  complete: boolean;
}

export class MetaTable {
  readonly #get: StatementSync;
  readonly #put: StatementSync;

  constructor(db: DatabaseSync) {
    this.#get = db.prepare("SELECT value FROM meta WHERE name = ?");
    this.#put = db.prepare("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)");
  }

  read(): Meta {
    return {
      checkpoint: this.#read("checkpoint", 0),
      first: this.#read<Mark | null>("first", null),
      last: this.#read<Mark | null>("last", null),
      changedAt: this.#read("changedAt", {}),
      complete: this.#read("complete", false),
    };
  }

  write(meta: Partial<Meta>): void {
    for (const [name, value] of Object.entries(meta)) this.#put.run(name, JSON.stringify(value));
  }

  #read<T>(name: keyof Meta, fallback: T): T {
    const found = this.#get.get(name) as { value: string } | undefined;
    return found === undefined ? fallback : (JSON.parse(found.value) as T);
  }
}
