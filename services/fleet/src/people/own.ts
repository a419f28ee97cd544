import {
  person as decider,
  FleetError,
  type PersonCommand,
  type PersonSignInEvent,
  type PersonState,
  unknownPerson,
  WHOLE_FLEET,
} from "@fleetlog/domain";
import { authorize } from "@fleetlog/identity";
import { APPEND_TIMEOUT_MS } from "../append-timeout.ts";
import { type Caller, metadataOf } from "../caller.ts";
import type { Fleet } from "../fleet.ts";
import { loadFromLog } from "../writer/load.ts";

/** The person who calls. @throws FleetError `person-unknown` for a caller who is none, such as an API key */
export async function ownState(fleet: Pick<Fleet, "log">, caller: Caller): Promise<PersonState> {
  authorize(caller.principal, "session.change", WHOLE_FLEET);
  const state = await loadPerson(fleet, caller.by);
  if (state === undefined) throw unknownPerson(caller.by);
  return state;
}

/** As `ownState`, for calls that need more than a sign-in. @throws FleetError `unauthenticated` for a wrong password */
export async function withPassword(
  fleet: Pick<Fleet, "log" | "people">,
  caller: Caller,
  password: string,
): Promise<PersonState> {
  const state = await ownState(fleet, caller);
  if (await fleet.people.isPassword(state.id, password)) return state;
  throw new FleetError("unauthenticated", "this is not your password", { field: "password" });
}

/** Records what somebody did with the ways in which a person signs in. */
export async function recordSignIn(
  fleet: Pick<Fleet, "log" | "writer">,
  caller: Caller,
  { id, account }: Pick<PersonState, "id" | "account">,
  event: PersonSignInEvent,
): Promise<void> {
  await decidePerson(fleet, caller, account, { type: "RecordSignIn", person: id, by: caller.by, event });
}

export async function decidePerson(
  { log, writer }: Pick<Fleet, "log" | "writer">,
  caller: Caller,
  account: string,
  command: PersonCommand,
): Promise<void> {
  const { person } = command;
  await writer.record({
    decider,
    load: () => loadFromLog(log, decider, "person", person),
    command,
    entity: person,
    metadata: { ...metadataOf(caller), account },
    timeoutMs: APPEND_TIMEOUT_MS,
  });
}

export async function loadPerson({ log }: Pick<Fleet, "log">, id: string): Promise<PersonState | undefined> {
  return (await loadFromLog(log, decider, "person", id)).state;
}
