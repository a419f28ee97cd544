import {
  FleetError,
  isEmail,
  type PersonCommand,
  type PersonEvent,
  type PersonState,
  personDecider,
} from "@fleetlog/domain";
import { APPEND_TIMEOUT_MS } from "../append-timeout.ts";
import { type Caller, metadataOf } from "../caller.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import type { Outcome } from "../writer/decision.ts";
import { loadFromLog } from "../writer/load.ts";

/** @throws FleetError `invalid-request` for a text that is no email address */
export function checkEmail(address: string): void {
  if (!isEmail(address)) throw new FleetError("invalid-request", "email must be an email address", { field: "email" });
}

export async function loadPerson({ log }: Pick<Fleet, "log">, id: string): Promise<PersonState | undefined> {
  return (await loadFromLog(log, personDecider, "person", id)).state;
}

/** @param id event id; default: random */
export function decideOn(
  { log, writer }: Pick<Fleet, "log" | "writer">,
  caller: Caller,
  account: string,
  command: PersonCommand,
  id?: string,
): Promise<Outcome<PersonState | undefined, PersonEvent>> {
  const { person } = command;
  return writer.record({
    decider: personDecider,
    load: () => loadFromLog(log, personDecider, "person", person),
    command,
    entity: person,
    metadata: { ...metadataOf(caller, [person, command.type]), account, ...(id !== undefined && { id }) },
    timeoutMs: APPEND_TIMEOUT_MS,
  });
}
