import { MOST_IDS, nameOf, peopleOf, shortId } from "../data/people.ts";
import { asApiError } from "../data/problem.ts";
import { hasRole, session, sessionInfo } from "./session.ts";
import { Store } from "./store.ts";

/** Names of people by their ids, as far as they were asked for. "": without a name for this viewer. */
export const personNames = new Store<ReadonlyMap<string, string>>(new Map());

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** After this time, a page that still shows an id asks again, if there was no answer. */
const AGAIN_MS = 30_000;
/** People are not for this viewer. */
const FORBIDDEN = 403;
const PARTS: Readonly<Record<string, string>> = {
  "provision-requests": "provision request",
  "enrolment-groups": "enrolment group",
  "claim-codes": "claim code",
};

/** The ids that the viewer's pages have asked for. Another set for each viewer. */
let asked = new Set<string>();
/** The ids among {@link asked} whose names the next call asks for. */
let waiting: string[] = [];
let viewer = "";

// Another person may see other names, and may sign in over the page of a session that has ended.
session.subscribe(() => {
  const { operator, account, tags } = sessionInfo() ?? {};
  const next = JSON.stringify([operator?.id, operator?.role, account, tags]);
  if (next === viewer) return;
  viewer = next;
  asked = new Set();
  waiting = [];
  personNames.set(new Map());
});

/**
 * The name of who did something, for a page that follows {@link personNames}. The name of a person is shown once it is
 * known and if the viewer may see people, otherwise the beginning of the id.
 *
 * @param by as in events, such as a person's id, `admin` or `provision-requests/<id>`
 */
export function callerName(by: string): string {
  const [collection = "", id = ""] = by.split("/", 2);
  const part = PARTS[collection];
  if (part !== undefined && id !== "") return `${part} ${shortId(id)}`;
  if (!ID.test(by)) return by;
  const info = sessionInfo();
  if (info?.operator.id === by) return info.operator.name;
  const maySee = session.value.state === "signed-in" && hasRole("owner", "admin");
  if (maySee && !personNames.value.has(by)) lookUp(by);
  return personNames.value.get(by) || shortId(by);
}

/** Collects the ids that pages ask for until the next task of the event loop, so that one request has them all. */
function lookUp(id: string): void {
  if (asked.has(id)) return;
  asked.add(id);
  if (waiting.length === 0) setTimeout(() => void callWaiting());
  waiting.push(id);
}

async function callWaiting(): Promise<void> {
  const running = asked;
  const ids = waiting;
  waiting = [];
  for (let first = 0; first < ids.length; first += MOST_IDS) {
    const part = ids.slice(first, first + MOST_IDS);
    const names = await namesOf(part);
    // Another person has signed in, and may not see this name.
    if (running !== asked) return;
    if (names === undefined) askAgain(part);
    else personNames.set(new Map([...personNames.value, ...names]));
  }
}

/** The names, "" for unknown people and those who are not for this viewer. Undefined if a later call may find them. */
async function namesOf(ids: readonly string[]): Promise<ReadonlyMap<string, string> | undefined> {
  const nameless = ids.map((id) => [id, ""] as const);
  try {
    const people = await peopleOf(ids);
    return new Map([...nameless, ...people.map((person) => [person.id, nameOf(person)] as const)]);
  } catch (thrown) {
    return asApiError(thrown).status === FORBIDDEN ? new Map(nameless) : undefined;
  }
}

function askAgain(ids: readonly string[]): void {
  const running = asked;
  setTimeout(() => {
    for (const id of ids) running.delete(id);
    // Pages that still show the ids ask again.
    if (running === asked) personNames.set(new Map(personNames.value));
  }, AGAIN_MS);
}
