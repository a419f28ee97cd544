import type { EventBlock } from "./event-blocks.ts";
import type { GrowingTail, TailStart } from "./growing-tail.ts";
import type { Newest } from "./stored-history.ts";

/**
 * The rows of several tails, the oldest tail first: those that are becoming a segment, and the newest. If the rows of
 * one tail can't be read yet, those of later tails are not read, either, because rows between would be missing.
 */
export class Tails implements Newest {
  readonly #tails: readonly (Newest & TailStart)[];
  /** The sequence after which no rows can be read; undefined if all can. */
  readonly unreadAfter: number | undefined;

  constructor(...tails: readonly GrowingTail[]) {
    const unread = tails.findIndex(({ readable }) => readable === undefined);
    this.unreadAfter = tails[unread]?.after;
    this.#tails = tails
      .slice(0, unread === -1 ? undefined : unread)
      .map(({ readable }) => readable)
      .filter((tail) => tail !== undefined);
  }

  tableOf(name: string): string | undefined {
    const tables = this.#tails.map((tail) => tail.tableOf(name)).filter((table) => table !== undefined);
    if (tables.length < 2) return tables[0];
    return `(${tables.map((table) => `SELECT * FROM ${table}`).join(" UNION ALL ")})`;
  }

  get rows(): Newest["rows"] {
    return {
      read: (version) => this.#tails.findLast(({ firstVersion }) => firstVersion <= version)?.rows.read(version),
    };
  }

  get blocks(): readonly EventBlock[] {
    return this.#tails.flatMap(({ blocks }) => blocks);
  }
}
