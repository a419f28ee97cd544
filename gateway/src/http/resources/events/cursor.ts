import { FleetError, invalid, type StreamName } from "@fleetlog/domain";

/** First sequence of the next page by stream; undefined if the stream has no more events. */
export type EventCursor = Partial<Record<StreamName, number>>;

const FORM = /^(?:f(\d{1,15}))?(?:t(\d{1,15}))?$/;

export function formatCursor(cursor: EventCursor): string {
  return (
    (cursor.FLEET === undefined ? "" : `f${cursor.FLEET}`) +
    (cursor.TELEMETRY === undefined ? "" : `t${cursor.TELEMETRY}`)
  );
}

/**
 * Parses `next` of an earlier page, or a plain sequence, which needs a single stream. 0 and 1 are the start of every
 * stream.
 * @throws FleetError `invalid-request` for `from`
 */
export function parseCursor(from: string, streams: readonly StreamName[]): EventCursor {
  if (/^\d{1,15}$/.test(from)) {
    const seq = Number(from);
    const [only, other] = streams;
    if (only !== undefined && other === undefined) return { [only]: seq };
    if (seq <= 1) return Object.fromEntries(streams.map((stream) => [stream, 1]));
    throw new FleetError(
      "invalid-request",
      "a sequence in from is ambiguous without a category, because telemetry is numbered separately from other events",
      { field: "from", advice: "Give a category, or use `next` of the previous page." },
    );
  }
  const match = from === "" ? null : FORM.exec(from);
  if (match === null) throw invalid("from", "from is not `next` of an earlier page");
  const [, fleet, telemetry] = match;
  return {
    ...(fleet !== undefined && { FLEET: Number(fleet) }),
    ...(telemetry !== undefined && { TELEMETRY: Number(telemetry) }),
  };
}
