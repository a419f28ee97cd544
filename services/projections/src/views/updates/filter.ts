import type { UpdateState } from "@fleetlog/protocol";
import type { Filter } from "../../filter.ts";

/** Devices that were not compared with a catalogue yet. */
const NEVER: Filter = { not: { column: "key", refersTo: "updates", where: { column: "outdated", eq: 0 } } };

/** Devices with this state in the view of updates. */
export function withUpdateState(state: UpdateState): Filter {
  if (state === "never") return NEVER;
  const where: Filter = {
    and: [
      { column: "state", eq: state },
      { column: "outdated", eq: 0 },
    ],
  };
  return { column: "key", refersTo: "updates", where };
}
