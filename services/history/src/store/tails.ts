import type { EventBlock } from "./event-blocks.ts";
import type { Newest } from "./stored-history.ts";
import type { Tail } from "./tail.ts";

/** The rows of several tails, the oldest tail first: those that are becoming a segment, and the newest. */
export class Tails implements Newest {
  readonly #tails: readonly Tail[];

  constructor(...tails: readonly Tail[]) {
    this.#tails = tails;
  }

  tableOf(name: string): string | undefined {
    const tables = this.#tails.map((tail) => tail.tableOf(name)).filter((table) => table !== undefined);
    if (tables.length < 2) return tables[0];
    return `(${tables.map((table) => `SELECT * FROM ${table}`).join(" UNION ALL ")})`;
  }

  get rows(): Newest["rows"] {
    return {
      read: (version) => this.#tails.findLast(({ rows }) => rows.firstVersion <= version)?.rows.read(version),
    };
  }

  get blocks(): readonly EventBlock[] {
    return this.#tails.flatMap(({ blocks }) => blocks);
  }
}
