import { invalid, type StreamName } from "@fleetlog/domain";

/** Where the next page begins in each stream, inclusive; a stream that is not named has nothing more to give. */
export type HistoryCursor = Partial<Record<StreamName, number>>;

const FORM = /^(?:f(\d{1,15}))?(?:t(\d{1,15}))?$/;

export function formatCursor(cursor: HistoryCursor): string {
  return (
    (cursor.FLEET === undefined ? "" : `f${cursor.FLEET}`) +
    (cursor.TELEMETRY === undefined ? "" : `t${cursor.TELEMETRY}`)
  );
}

/**
 * Reads `next` of the page before. A plain number is a sequence, which means something only within one stream: it needs
 * a category, but for the beginning.
 * @throws FleetError `invalid-request` on field `from`
 */
export function parseCursor(from: string, streams: readonly StreamName[]): HistoryCursor {
  if (/^\d{1,15}$/.test(from)) {
    const seq = Number(from);
    const [only, other] = streams;
    if (only !== undefined && other === undefined) return { [only]: seq };
    if (seq <= 1) return Object.fromEntries(streams.map((stream) => [stream, 1]));
    throw invalid(
      "from",
      "from is a sequence, which needs a category: the streams count apart. Use `next` of the page before",
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
