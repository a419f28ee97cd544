import type { CommandPage } from "../../data/commands.ts";
import { type CommandRow, rowOf } from "./command-row.ts";

export const PAGE = 60;

/** A part of the list from one request, which can be read again separately. */
export interface Segment {
  /** Cursor of the beginning; undefined: the newest command. */
  readonly cursor: string | undefined;
  /** Newest first. */
  readonly rows: readonly CommandRow[];
  /** Log sequence of the segment's end, even if no command there matches any more; 0: end of the list. */
  readonly floor: number;
  /** Cursor of the next segment; null: end of the list. */
  readonly next: string | null;
  /** Whether commands of the segment may have changed since the read. */
  readonly stale: boolean;
  /** Whether rows between the previous segment and this segment were never read. */
  readonly gap: boolean;
}

export function segmentOf(cursor: string | undefined, { items, next }: CommandPage): Segment {
  const rows = items.map(rowOf);
  return { cursor, rows, next, floor: next === null ? 0 : (rows.at(-1)?.seq ?? 0), stale: false, gap: false };
}

/**
 * Replaces a segment after another read. The segment's end stays: rows beyond it belong to the next segment. If new
 * commands fill the page before the end, the rest becomes a separate, stale segment.
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

/** Room for the segment's rows and some new rows; one page for a large segment, which is then split. */
export function rereadLimit({ rows }: Segment): number {
  return rows.length > 2 * PAGE ? PAGE : Math.max(PAGE, rows.length + PAGE / 2);
}

/** Marks segments as stale: the newest, and each with one of the commands; null marks all. */
export function outdated(segments: readonly Segment[], ids: ReadonlySet<string> | null): readonly Segment[] {
  return segments.map((segment, index) =>
    index === 0 || ids === null || segment.rows.some(({ id }) => ids.has(id)) ? { ...segment, stale: true } : segment,
  );
}

export function rowsOf(segments: readonly Segment[]): readonly CommandRow[] {
  return segments.flatMap(({ rows }) => rows);
}
