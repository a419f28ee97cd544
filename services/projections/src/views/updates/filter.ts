import type { UpdateState } from "@fleetlog/protocol";
import type { Filter } from "../../select/filter.ts";

/** Devices with this state in the view of updates. */
export function withUpdateState(state: UpdateState): Filter {
  const where: Filter = {
    and: [
      { column: "state", eq: state },
      { column: "outdated", eq: 0 },
    ],
  };
  return { column: "key", refersTo: "updates", where };
}
