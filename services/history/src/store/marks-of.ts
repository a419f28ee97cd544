import type { Meta } from "@fleetlog/projections/folding";
import type { Duck, DuckSession } from "./duck.ts";
import type { Segment } from "./manifest.ts";
import type { StoredHistory } from "./stored-history.ts";
import { EVENTS } from "./tables.ts";

type Marks = Pick<Meta, "checkpoint" | "first" | "last">;

/**
 * The first and the last event of the segments, which show to which log the history belongs. Reads only the segments
 * that have them.
 */
export async function marksOf(history: StoredHistory, duck: Duck): Promise<Marks> {
  const checkpoint = history.seq;
  const segments = history.manifest.segments.filter(({ tables }) => tables[EVENTS] !== undefined);
  const [oldest, newest] = [segments.at(0), segments.at(-1)];
  const session = await duck.connect();
  try {
    const first = oldest === undefined ? null : await eventOf(history, session, oldest, "min");
    const last = newest === undefined ? null : await eventOf(history, session, newest, "max");
    return { checkpoint, first, last };
  } finally {
    session.close();
  }
}

async function eventOf(
  history: StoredHistory,
  session: DuckSession,
  { firstSeq, lastSeq }: Segment,
  which: "min" | "max",
): Promise<Marks["first"]> {
  const events = history.events(firstSeq - 1, lastSeq);
  if (events === undefined) return null;
  const [found = null] = await session.all<{ seq: number; id: string }>(
    `WITH events AS NOT MATERIALIZED (${events}) SELECT seq, id FROM events WHERE seq = (SELECT ${which}(seq) FROM events)`,
  );
  return found;
}
