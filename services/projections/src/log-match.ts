import type { StreamName } from "@fleetlog/domain";
import { type EventLog, lastingDifference, type ReadQuery } from "@fleetlog/log";
import type { Mark, Meta } from "./store/meta.ts";

/**
 * Why the rows cannot have been built from this stream; undefined if they match. The log may have been replaced, or may
 * have lost its newest events in a power cut.
 */
export function mismatchWith(
  log: EventLog,
  stream: StreamName,
  meta: Pick<Meta, "checkpoint" | "first" | "last">,
  isCancelled = () => false,
): Promise<string | undefined> {
  return lastingDifference(log, stream, async () => (isCancelled() ? undefined : differenceFrom(log, stream, meta)));
}

async function differenceFrom(
  log: EventLog,
  stream: StreamName,
  { checkpoint, first, last }: Pick<Meta, "checkpoint" | "first" | "last">,
): Promise<string | undefined> {
  const { firstSeq, lastSeq } = await log.state(stream);
  if (lastSeq < checkpoint) return `the log ends at ${lastSeq}, before the checkpoint ${checkpoint}`;
  // Streams other than FLEET drop their oldest events, so their first event may be gone.
  const isKnown = ({ seq }: Mark) => stream === "FLEET" || seq >= firstSeq;
  if (first !== null && isKnown(first) && !same(first, await mark(log, stream, { fromSeq: first.seq })))
    return `the log's first event is not ${first.id}`;
  if (last !== null && isKnown(last) && !same(last, await mark(log, stream, { fromSeq: last.seq })))
    return `event ${last.seq} is not ${last.id}`;
  return undefined;
}

/** 0 for an empty stream. */
export async function lastSeqOf(log: EventLog, stream: StreamName): Promise<number> {
  return (await mark(log, stream, { direction: "backwards" }))?.seq ?? 0;
}

async function mark(log: EventLog, stream: StreamName, where: Partial<ReadQuery>): Promise<Mark | undefined> {
  for await (const { seq, id } of log.read({ stream, limit: 1, ...where })) return { seq, id };
  return undefined;
}

function same(a: Mark, b: Mark | undefined): boolean {
  return b !== undefined && a.seq === b.seq && a.id === b.id;
}
