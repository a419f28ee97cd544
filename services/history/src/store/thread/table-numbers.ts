/** Numbers of a tail's tables in packets. */
export const EVENTS_TABLE = 0;
export const CHANGES_TABLE = 1;

const FIRST_PROJECTION = 2;

/** @param index of the projection in the list that both threads have */
export function tableOfProjection(index: number): number {
  return FIRST_PROJECTION + index;
}

export function projectionOfTable(table: number): number {
  return table - FIRST_PROJECTION;
}
