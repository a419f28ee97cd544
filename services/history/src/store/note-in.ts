import type { RecordedEvent } from "@fleetlog/domain";
import type { Projection, StoreObserver } from "@fleetlog/projections/folding";
import { causeOf } from "../changes/cause.ts";
import { changesOf } from "../changes/fields.ts";
import { eventCells } from "./cells.ts";
import { changeCells } from "./change-table.ts";
import type { GrowingTail } from "./growing-tail.ts";

/**
 * Notes each event, each version of a row, and each change of a device's field in the newest tail.
 *
 * @param projections with the columns of queries, which the fold's projections lack
 * @param sealed sequence up to which segments have all events and versions, which are not noted again
 */
export function noteIn(
  newestTail: () => GrowingTail,
  projections: readonly Projection[],
  sealed: number,
): StoreObserver {
  const whole = new Map(projections.map((projection) => [projection.name, projection]));
  let newest: RecordedEvent | undefined;
  return {
    event(event) {
      newest = event;
      if (event.seq > sealed) newestTail().addEvent(event, eventCells(event));
    },
    version({ name }, key, row, before, json) {
      const projection = whole.get(name);
      if (row.seq <= sealed || newest === undefined || projection === undefined) return;
      const tail = newestTail();
      tail.addVersion(projection, key, row, json);
      const changes = changesOf(name, before, row);
      if (changes.length === 0) return;
      const cause = causeOf(newest);
      for (const change of changes) tail.addChange(changeCells(newest, cause, key, change));
    },
  };
}
