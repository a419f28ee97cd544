import type { CommandPage } from "../../data/commands.ts";
import { type CommandRow, rowOf } from "./command-row.ts";

/** How many commands are asked for at once. */
export const PAGE = 60;

/** A part of the list that was read in one go, and can be read again by itself. */
export interface Segment {
  /** Where it begins, as the gateway names it; undefined: with the newest. */
  readonly cursor: string | undefined;
  /** Newest first. */
  readonly rows: readonly CommandRow[];
  /** It ends with this log sequence, whatever of it still matches; 0: the list ends with it. */
  readonly floor: number;
  /** Where the next one begins; null: there is no more. */
  readonly next: string | null;
  /** Something in it has changed since it was read. */
  readonly stale: boolean;
  /** There are rows between the segment before and this one's that were never read. */
  readonly gap: boolean;
}

export function segmentOf(cursor: string | undefined, { items, next }: CommandPage): Segment {
  const rows = items.map(rowOf);
  return { cursor, rows, next, floor: next === null ? 0 : (rows.at(-1)?.seq ?? 0), stale: false, gap: false };
}

/**
 * The segment as it was read again. It still ends where it ended: what the page holds beyond is the next one's. If the
 * page does not reach that far, because more matches by now, the rest becomes a segment of its own, to be read again.
 * @param last nothing follows it: then what the page holds beyond its end is its own
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

/** How many rows to read for it: all that it has and room for new ones, until it is large enough to be split. */
export function rereadLimit({ rows }: Segment): number {
  return rows.length > 2 * PAGE ? PAGE : Math.max(PAGE, rows.length + PAGE / 2);
}

/** Those segments are stale that hold one of the commands; the newest always may be; all, if it is not known which. */
export function outdated(segments: readonly Segment[], ids: ReadonlySet<string> | null): readonly Segment[] {
  return segments.map((segment, index) =>
    index === 0 || ids === null || segment.rows.some(({ id }) => ids.has(id)) ? { ...segment, stale: true } : segment,
  );
}

export function rowsOf(segments: readonly Segment[]): readonly CommandRow[] {
  return segments.flatMap(({ rows }) => rows);
}
