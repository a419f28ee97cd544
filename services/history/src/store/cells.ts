import { accountOf, parseSubject, type RecordedEvent } from "@fleetlog/domain";
import { encodeSet, type Projection, type ViewRow } from "@fleetlog/projections/folding";
import type { Cell } from "./duck.ts";

/** In the order of `eventColumns`. */
export function eventCells(event: RecordedEvent): Cell[] {
  const { seq, id, type, time, devicetime = null, gateway = null, source } = event;
  const { correlationid = null, causationid = null } = event;
  const { category = null, entity = null } = parseSubject(event.subject) ?? {};
  const data = JSON.stringify(event.data);
  // A literal, since spread arrays take twice as long.
  return [
    seq,
    id,
    type,
    category,
    entity,
    accountOf(event),
    time,
    devicetime,
    gateway,
    source,
    correlationid,
    causationid,
    data,
  ];
}

/** In the order of `versionColumns`. */
export function versionCells({ columns, ordinal }: Projection, version: number, key: string, row: ViewRow): Cell[] {
  const cells: Cell[] = ordinal === undefined ? [version, row.seq, key] : [version, row.seq, key, ordinal(row)];
  for (const column of columns) {
    const value = column.of(row);
    cells.push(typeof value === "object" && value !== null ? encodeSet(value) : value);
  }
  return cells;
}
