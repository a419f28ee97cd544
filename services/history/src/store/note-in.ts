import type { RecordedEvent } from "@fleetlog/domain";
import type { Projection, StoreObserver } from "@fleetlog/projections/folding";
import type { Tail } from "./tail.ts";

/**
 * Notes each event and each version of a row in the newest tail.
 *
 * @param projections with the columns of queries, which the fold's projections lack
 * @param sealed sequence up to which segments have everything
 */
export function noteIn(newestTail: () => Tail, projections: readonly Projection[], sealed: number): StoreObserver {
  const whole = new Map(projections.map((projection) => [projection.name, projection]));
  let newest: RecordedEvent | undefined;
  return {
    event(event) {
      newest = event;
      if (event.seq > sealed) newestTail().addEvent(event);
    },
    version({ name }, key, row, before, json) {
      const projection = whole.get(name);
      if (row.seq <= sealed || newest === undefined || projection === undefined) return;
      newestTail().addVersion(projection, key, row, json);
      newestTail().addChanges(newest, projection, key, [before, row]);
    },
  };
}
