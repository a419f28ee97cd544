import type { CatalogueFailure, FoundState, FoundUpdate } from "@fleetlog/domain";
import type { UpdateState } from "@fleetlog/protocol";

const FIRST: readonly FoundState[] = ["available", "blocked", "unclear", "up-to-date"];

interface Found {
  readonly updates: readonly FoundUpdate[];
  readonly failures: readonly CatalogueFailure[];
}

/** The state of a device: the first of these that applies. */
export function stateOf({ updates, failures }: Found): UpdateState {
  return failures.length > 0 ? "failed" : answeredState({ updates });
}

/** The state of a device by the catalogues that did answer. */
export function answeredState({ updates }: Pick<Found, "updates">): UpdateState {
  return FIRST.find((state) => updates.some((one) => one.state === state)) ?? "not-listed";
}

/**
 * The states that concern a package. A device has them beside `failed`, too: what one catalogue has available stays
 * available while another one fails.
 */
export function isPackageState(state: UpdateState): boolean {
  return state === "available" || state === "blocked" || state === "unclear";
}

/** The states in which a device is counted and found: `failed`, and what the other catalogues have for it. */
export function countedStates(found: Found): readonly UpdateState[] {
  const [state, answered] = [stateOf(found), answeredState(found)];
  return state !== answered && isPackageState(answered) ? [state, answered] : [state];
}
