import type { Caller } from "../caller.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import { butEnded } from "../not-recorded.ts";
import { endingAccess } from "./access-ended.ts";
import { ownState, recordSignIn } from "./own.ts";

/** Ends all sign-ins of the caller on every node; API keys stay. @throws FleetError `person-unknown` */
export async function signOutEverywhere(
  fleet: Pick<Fleet, "log" | "bus" | "writer" | "people">,
  caller: Caller,
): Promise<void> {
  const state = await ownState(fleet, caller);
  await endingAccess(fleet, state.id, () => fleet.people.endSignIns(state.id));
  const data = { person: state.id, by: caller.by };
  await recordSignIn(fleet, caller, state, { type: "PersonSignedOut", data }).catch(
    butEnded("All your sign-ins have ended"),
  );
}
