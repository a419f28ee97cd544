import { FleetError, type PersonSignInEvent, type PersonState, unknownPerson, WHOLE_FLEET } from "@fleetlog/domain";
import { authorize } from "@fleetlog/identity";
import type { Caller } from "../caller.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import { decideOn, loadPerson } from "./decide.ts";

export type Origin = Omit<Caller, "by" | "principal">;

export function ownCaller(origin: Origin, person: string): Caller {
  return { ...origin, principal: { kind: "part", name: "people" }, by: person, source: `/people/${person}` };
}

/** @throws FleetError `person-unknown` for a caller who is no person, such as an API key */
export async function ownState(fleet: Pick<Fleet, "log">, caller: Caller): Promise<PersonState> {
  authorize(caller.principal, "session.change", WHOLE_FLEET);
  const state = await loadPerson(fleet, caller.by);
  if (state === undefined) throw unknownPerson(caller.by);
  return state;
}

/** As `ownState`, with the person's password as proof. @throws FleetError `unauthenticated` for a wrong password */
export async function withPassword(
  fleet: Pick<Fleet, "log" | "people">,
  caller: Caller,
  password: string,
): Promise<PersonState> {
  const state = await ownState(fleet, caller);
  if (await fleet.people.isPassword(state.id, password, caller.network)) return state;
  throw new FleetError("unauthenticated", "this is not your password", { field: "password" });
}

export async function recordSignIn(
  fleet: Pick<Fleet, "log" | "writer">,
  caller: Caller,
  { id, account }: Pick<PersonState, "id" | "account">,
  event: PersonSignInEvent,
): Promise<void> {
  await decideOn(fleet, caller, account, { type: "RecordSignIn", person: id, by: caller.by, event });
}
