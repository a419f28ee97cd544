import type { DuckSession } from "./duck.ts";
import type { EventBlock } from "./event-blocks.ts";
import type { StoredHistory } from "./stored-history.ts";

export interface EventMoment {
  readonly seq: number;
  readonly time: string;
}

/** The newest event up to a sequence; undefined if there is none. */
export function newestUpToSeq(
  store: StoredHistory,
  session: DuckSession,
  seq: number,
): Promise<EventMoment | undefined> {
  return newest(store, session, ({ first }) => first <= seq, ["seq <= ?", seq]);
}

/**
 * The newest event up to a time; undefined if there is none. Clocks of gateways differ, so older events may have later times.
 *
 * @param time ISO 8601 in UTC with milliseconds, as events have it
 */
export function newestUpToTime(
  store: StoredHistory,
  session: DuckSession,
  time: string,
): Promise<EventMoment | undefined> {
  return newest(store, session, ({ least }) => least <= time, ["time <= ?", time]);
}

/**
 * Reads blocks that can have such an event, the newest first, until one has it. Only blocks of older releases may have
 * none.
 */
function newest(
  store: StoredHistory,
  session: DuckSession,
  canHave: (block: EventBlock) => boolean,
  [condition, value]: readonly [string, string | number],
): Promise<EventMoment | undefined> {
  return store.reading(async () => {
    const blocks = store.eventBlocks;
    for (const [i, block] of [...blocks.entries()].reverse()) {
      if (!canHave(block)) continue;
      const next = blocks[i + 1]?.first;
      const events = store.events(block.first - 1, next && next - 1);
      if (events === undefined) continue;
      const sql = `WITH events AS NOT MATERIALIZED (${events})
        SELECT seq, time FROM events WHERE ${condition} ORDER BY seq DESC LIMIT 1`;
      const [found] = await session.all<EventMoment>(sql, value);
      if (found !== undefined) return found;
    }
    return undefined;
  });
}
