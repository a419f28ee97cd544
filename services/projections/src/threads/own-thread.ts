import type { Rows } from "../select/relation.ts";

/**
 * Views of at most this many bytes are searched and sorted within about ten milliseconds, so the projector's own thread
 * answers long queries, too. A query thread would take 0.2 s of processor time to start, and memory.
 */
export const SMALL_VIEWS = 1024 * 1024;

/** The answer has later pages, for which a query thread keeps the rows. */
export class NeedsKeptRows extends Error {}

/** Rows for answers without later pages. `keep` throws {@link NeedsKeptRows}. */
export function withoutKeeping(rows: Rows): Rows {
  return {
    select: (statement) => rows.select(statement),
    projection: (name) => rows.projection(name),
    counts: (projection, column) => rows.counts(projection, column),
    changedAt: (projection) => rows.changedAt(projection),
    keep() {
      throw new NeedsKeptRows("a query thread must answer");
    },
  };
}
