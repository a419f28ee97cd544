import { type Category, streamOf } from "@fleetlog/domain";
import { decodeEvent, type EventLog } from "@fleetlog/log";

/**
 * The sequence of an entity's newest entry, if reads leave out all its entries after `seq` because they are not events.
 * Otherwise undefined. The log refuses an append that expects an earlier entry than this one.
 */
export async function leftOutAfter(
  log: Pick<EventLog, "pages">,
  category: Category,
  entity: string,
  seq: number,
): Promise<number | undefined> {
  const stream = streamOf(category);
  let newest: number | undefined;
  for await (const page of log.pages({ stream, category, entity, fromSeq: seq + 1 })) {
    for (const entry of page) {
      const json = Buffer.from(entry.bytes).toString();
      if (decodeEvent(json, entry.subject, entry.seq, stream) !== undefined) return undefined;
      newest = entry.seq;
    }
  }
  return newest;
}
