import type { RecordedEvent } from "@fleetlog/domain";
import type { Cause } from "../changes/cause.ts";
import type { Change } from "../changes/fields.ts";
import type { Cell } from "./duck.ts";
import type { TableColumn } from "./tables.ts";

/** The table of the fields of devices that events changed, in the order of events. */
export const CHANGES = "changes";

const COLUMNS: readonly TableColumn[] = [
  { name: "seq", type: "BIGINT" },
  ...["device", "change", "before", "after", "cause", "who"].map((name) => ({ name, type: "VARCHAR" }) as const),
];

/**
 * SQL: false for a change of `gateway` from or to `null`, because the device's change of status already says that the
 * device connected or disconnected.
 */
export function isTelling(change: string, before: string, after: string): string {
  return `NOT (${change} = 'gateway' AND (${before} = 'null' OR ${after} = 'null'))`;
}

export function changeColumns(): readonly TableColumn[] {
  return COLUMNS;
}

/** @param cause of the event */
export function changeCells(
  { seq }: Pick<RecordedEvent, "seq">,
  { kind, by }: Cause,
  device: string,
  { change, before, after }: Change,
): Cell[] {
  return [seq, device, change, before, after, kind, by];
}
