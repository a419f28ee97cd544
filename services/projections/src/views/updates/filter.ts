import type { UpdateState } from "@fleetlog/protocol";
import type { ColumnFilter, Filter } from "../../filter.ts";
import { isPackageState } from "./state.ts";

/** Devices that were not compared with a catalogue yet. */
const NEVER: Filter = { not: { column: "key", refersTo: "updates", where: { column: "outdated", eq: 0 } } };

/**
 * Rows of the view of updates that are counted in this state.
 *
 * @param state any but `never`
 */
export function foundState(state: UpdateState): ColumnFilter {
  return { column: isPackageState(state) ? "answered" : "state", eq: state };
}

/** Devices with this state in the view of updates. */
export function withUpdateState(state: UpdateState): Filter {
  if (state === "never") return NEVER;
  const where: Filter = {
    and: [foundState(state), { column: "outdated", eq: 0 }],
  };
  return { column: "key", refersTo: "updates", where };
}
