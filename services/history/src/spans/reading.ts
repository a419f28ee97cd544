import type { RecordedEvent, StreamName } from "@fleetlog/domain";
import type { EventLog, ReadQuery } from "@fleetlog/log";

export interface SpanQuery extends Omit<ReadQuery, "ids"> {
  /** The last sequence that the reader wants. A log may ignore this, and also return later events. */
  readonly toSeq?: number;
  /** Skips events that the archive has lost. Otherwise the read fails at the first of them. */
  readonly skipMissing?: boolean;
}

/** Leaves out repeats: events whose id an earlier event of their stream has. */
export interface RepeatFilter {
  /** The events of a forward read of one stream, without repeats. */
  leftOut(events: AsyncIterable<RecordedEvent>): AsyncIterable<RecordedEvent>;
}

/** The log, or the log with its archive. */
export interface SpanReading extends Pick<EventLog, "state"> {
  read(query: SpanQuery): AsyncIterable<RecordedEvent>;
  /** @throws FleetError `history-unavailable` if the archive has lost a part of the span */
  mustHave?(span: { readonly stream: StreamName; readonly from: number; readonly to: number }): Promise<void>;
  /** By default, repeats are read like other events. */
  readonly repeats?: RepeatFilter | undefined;
}

/** The events of a forward read of one stream, without repeats. */
export function onceOf(
  { repeats }: Pick<SpanReading, "repeats">,
  events: AsyncIterable<RecordedEvent>,
): AsyncIterable<RecordedEvent> {
  return repeats?.leftOut(events) ?? events;
}

/** The events of inclusive sequences, with repeats. */
export async function* readSpan(
  log: Pick<SpanReading, "read">,
  query: SpanQuery,
  { from, to }: { readonly from: number; readonly to: number },
): AsyncGenerator<RecordedEvent> {
  if (to < from) return;
  for await (const event of log.read({ ...query, fromSeq: from, toSeq: to })) {
    if (event.seq > to) return;
    yield event;
  }
}
