import type { Meta } from "@fleetlog/projections/folding";
import type { Duck } from "./duck.ts";
import type { StoredHistory } from "./stored-history.ts";

/** The first and the last event of the segments, which show to which log the history belongs. */
export async function marksOf(
  history: StoredHistory,
  duck: Duck,
): Promise<Pick<Meta, "checkpoint" | "first" | "last">> {
  const checkpoint = history.seq;
  const events = history.events(0, checkpoint);
  if (events === undefined) return { checkpoint, first: null, last: null };
  const session = await duck.connect();
  try {
    const [first = null, last = first] = await session.all<{ seq: number; id: string }>(
      `WITH events AS NOT MATERIALIZED (${events})
       SELECT seq, id FROM events WHERE seq = (SELECT min(seq) FROM events)
       UNION ALL SELECT seq, id FROM events WHERE seq = (SELECT max(seq) FROM events) ORDER BY seq`,
    );
    return { checkpoint, first, last };
  } finally {
    session.close();
  }
}
