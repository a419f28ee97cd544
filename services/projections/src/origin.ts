import type { EventLog, ReadQuery } from "@fleetlog/log";
import type { Mark, Meta } from "./store/meta.ts";

/**
 * Why rows that were built up to this point can't have come from this log; undefined when they did. A log that was
 * replaced, or that lost its newest events with the power, must not be carried on from.
 */
export async function foreignTo(log: EventLog, { checkpoint, first, last }: Meta): Promise<string | undefined> {
  const { lastSeq } = await log.state("FLEET");
  if (lastSeq < checkpoint) return `the log ends at ${lastSeq}, before the checkpoint ${checkpoint}`;
  if (first !== null && !same(first, await mark(log, { fromSeq: first.seq })))
    return `the log's first event is not ${first.id}`;
  if (last !== null && !same(last, await mark(log, { fromSeq: last.seq })))
    return `event ${last.seq} is not ${last.id}`;
  return undefined;
}

/** Sequence of the newest event; 0 if there is none. */
export async function headOf(log: EventLog): Promise<number> {
  return (await mark(log, { direction: "backwards" }))?.seq ?? 0;
}

async function mark(log: EventLog, where: Partial<ReadQuery>): Promise<Mark | undefined> {
  for await (const { seq, id } of log.read({ stream: "FLEET", limit: 1, ...where })) return { seq, id };
  return undefined;
}

function same(a: Mark, b: Mark | undefined): boolean {
  return b !== undefined && a.seq === b.seq && a.id === b.id;
}
