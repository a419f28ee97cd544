import type { CatalogueFailure, FoundState, FoundUpdate } from "@fleetlog/domain";
import type { UpdateState } from "@fleetlog/protocol";

const FIRST: readonly FoundState[] = ["available", "blocked", "unclear", "up-to-date"];

/** The state of a device: the first of these that applies. */
export function stateOf({
  updates,
  failures,
}: {
  readonly updates: readonly FoundUpdate[];
  readonly failures: readonly CatalogueFailure[];
}): UpdateState {
  if (failures.length > 0) return "failed";
  return FIRST.find((state) => updates.some((one) => one.state === state)) ?? "not-listed";
}
