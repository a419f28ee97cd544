import { FleetError, type Person, scopeOfPerson } from "@fleetlog/domain";
import { authorize } from "@fleetlog/identity";
import type { Fleet } from "../dependencies/fleet.ts";
import type { ImportRecord } from "../dependencies/imports/record.ts";
import { loadPerson } from "../people/decide.ts";

type Dependencies = Pick<Fleet, "log" | "people" | "apiKeys">;

const CHECK_EVERY_MS = 400;

/** The person who started the import, with current rights; undefined without the right to import. */
export async function starterOf(fleet: Dependencies, { person, account }: ImportRecord): Promise<Person | undefined> {
  const now = await asOfNow(fleet, person);
  if (now === undefined) return undefined;
  try {
    authorize(now, "import.create", { kind: "account", id: account });
    return now;
  } catch (error) {
    if (error instanceof FleetError) return undefined;
    throw error;
  }
}

async function asOfNow({ log, people, apiKeys }: Dependencies, person: Person): Promise<Person | undefined> {
  if (person.apiKey !== undefined) return apiKeys.verifyId(person.id);
  const access = await people.accessOf(person.id);
  if (access !== undefined) {
    const { role, account } = access;
    return { kind: "person", id: person.id, name: person.name, role, account, scope: scopeOfPerson(access) };
  }
  // The administrator's token is no person.
  return (await loadPerson({ log }, person.id)) === undefined ? person : undefined;
}

export function stillAllowed(fleet: Dependencies, record: ImportRecord): () => Promise<boolean> {
  let checkedAt = performance.now();
  let allowed: Promise<boolean> = Promise.resolve(true);
  return () => {
    if (performance.now() - checkedAt < CHECK_EVERY_MS) return allowed;
    checkedAt = performance.now();
    allowed = starterOf(fleet, record).then((person) => person !== undefined);
    return allowed;
  };
}
