import type { CommandPage } from "../../data/commands.ts";
import { type CommandRow, rowOf } from "./command-row.ts";

/** Commands in one request. */
export const PAGE = 60;

/** A part of the list that was read in one request, and can be read again separately. */
export interface Segment {
  /** Cursor at which the segment begins; undefined: at the newest command. */
  readonly cursor: string | undefined;
  /** Newest first. */
  readonly rows: readonly CommandRow[];
  /** Log sequence at which the segment ends, even if no command there matches any more; 0: the list ends here. */
  readonly floor: number;
  /** Cursor of the next segment; null: there is none. */
  readonly next: string | null;
  /** Whether commands of the segment may have changed since it was read. */
  readonly stale: boolean;
  /** Whether rows between the previous segment and this segment were never read. */
  readonly gap: boolean;
}

export function segmentOf(cursor: string | undefined, { items, next }: CommandPage): Segment {
  const rows = items.map(rowOf);
  return { cursor, rows, next, floor: next === null ? 0 : (rows.at(-1)?.seq ?? 0), stale: false, gap: false };
}

/**
 * Returns what replaces a segment that was read again. The segment keeps its end: rows of the page after that end
 * belong to the next segment. If new commands fill the page before that end, the rest becomes a separate segment, which
 * is stale.
 * @param last whether no segment follows, so that all rows of the page belong to this segment
 */
export function reread(before: Segment, page: CommandPage, last: boolean): readonly Segment[] {
  const fresh = segmentOf(before.cursor, page);
  if (page.next === null || fresh.floor <= before.floor)
    return last
      ? [fresh]
      : [{ ...before, rows: fresh.rows.filter(({ seq }) => seq >= before.floor), stale: false, gap: false }];
  const rest = before.rows.filter(({ seq }) => seq < fresh.floor);
  return [fresh, { ...before, cursor: page.next, rows: rest, stale: true, gap: true }];
}

/** Limit for reading a segment again: its rows and some new rows, or one page to split a large segment. */
export function rereadLimit({ rows }: Segment): number {
  return rows.length > 2 * PAGE ? PAGE : Math.max(PAGE, rows.length + PAGE / 2);
}

/** Marks segments as stale: the newest, and each that has one of the commands; all of them if `ids` is null. */
export function outdated(segments: readonly Segment[], ids: ReadonlySet<string> | null): readonly Segment[] {
  return segments.map((segment, index) =>
    index === 0 || ids === null || segment.rows.some(({ id }) => ids.has(id)) ? { ...segment, stale: true } : segment,
  );
}

export function rowsOf(segments: readonly Segment[]): readonly CommandRow[] {
  return segments.flatMap(({ rows }) => rows);
}
