import { getPerson, nameOf } from "../data/people.ts";
import { hasRole, session, sessionInfo } from "./session.ts";
import { Store } from "./store.ts";

/** Names of people by their ids, as far as they were asked for. "": without a name for this viewer. */
export const personNames = new Store<ReadonlyMap<string, string>>(new Map());

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** As many characters of an id as tell two of them apart on a page. */
const SHORT = 8;
const PARTS: Readonly<Record<string, string>> = {
  "provision-requests": "provision request",
  "enrolment-groups": "enrolment group",
  "claim-codes": "claim code",
};

// Another person may see other names.
session.subscribe(({ state }) => {
  if (state === "signed-out") personNames.set(new Map());
});

/**
 * The name of who did something, for a page that follows {@link personNames}: of a person, once it is known and if the
 * viewer may see people, otherwise the beginning of the id.
 *
 * @param by as in events, such as a person's id, `admin` or `provision-requests/<id>`
 */
export function callerName(by: string): string {
  const [collection = "", id = ""] = by.split("/", 2);
  const part = PARTS[collection];
  if (part !== undefined && id !== "") return `${part} ${shortened(id)}`;
  if (!ID.test(by)) return by;
  const info = sessionInfo();
  if (info?.operator.id === by) return info.operator.name;
  if (hasRole("owner", "admin") && !personNames.value.has(by)) void lookUp(by);
  return personNames.value.get(by) || shortened(by);
}

function shortened(id: string): string {
  return id.length > SHORT ? `${id.slice(0, SHORT)}…` : id;
}

const running = new Set<string>();

async function lookUp(id: string): Promise<void> {
  if (running.has(id)) return;
  running.add(id);
  const name = await getPerson(id).then(nameOf, () => "");
  running.delete(id);
  personNames.set(new Map(personNames.value).set(id, name));
}
