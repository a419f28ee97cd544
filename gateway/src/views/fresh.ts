import { FleetError } from "@fleetlog/domain";
import type { Bus } from "@fleetlog/log";
import type { Queries, QueryName } from "@fleetlog/protocol";
import { askViews } from "./ask.ts";
import { patiently } from "./patience.ts";

/** How long a reader is kept waiting for the newest state. */
const WAIT_MS = 2_000;

/**
 * For people and programs that look: an answer from a state that has `atLeast`, or, where the views lag behind that
 * far, from the newest that there is. A slightly old answer is worth more to them than none, and a late one than none.
 */
export async function freshest<N extends QueryName>(
  bus: Bus,
  name: N,
  params: Queries[N]["params"],
  atLeast: number,
): Promise<Queries[N]["result"]> {
  return patiently(bus, () => fresh(bus, name, params, atLeast));
}

/** As {@link freshest}, for who can do without: told at once if no projector answers. */
export async function fresh<N extends QueryName>(
  bus: Bus,
  name: N,
  params: Queries[N]["params"],
  atLeast: number,
): Promise<Queries[N]["result"]> {
  try {
    return await askViews(bus, name, params, { atLeast, waitMs: WAIT_MS });
  } catch (error) {
    if (error instanceof FleetError && error.code === "view-behind") return askViews(bus, name, params);
    throw error;
  }
}
