import { getPerson, nameOf } from "../data/people.ts";
import { asApiError } from "../data/problem.ts";
import { hasRole, session, sessionInfo } from "./session.ts";
import { Store } from "./store.ts";

/** Names of people by their ids, as far as they were asked for. "": without a name for this viewer. */
export const personNames = new Store<ReadonlyMap<string, string>>(new Map());

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** So many characters are enough to tell apart two ids on a page. */
const SHORT = 8;
/** After this time, a page that still shows an id asks again, if there was no answer. */
const AGAIN_MS = 30_000;
/** The person does not exist, or is not for this viewer. */
const NAMELESS: readonly number[] = [400, 403, 404];
const PARTS: Readonly<Record<string, string>> = {
  "provision-requests": "provision request",
  "enrolment-groups": "enrolment group",
  "claim-codes": "claim code",
};

/** The ids that the viewer's pages have asked for. Another set for each viewer. */
let asked = new Set<string>();
let viewer = "";

// Another person may see other names, and may sign in over the page of a session that has ended.
session.subscribe(() => {
  const { operator, account, tags } = sessionInfo() ?? {};
  const next = JSON.stringify([operator?.id, operator?.role, account, tags]);
  if (next === viewer) return;
  viewer = next;
  asked = new Set();
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
  if (part !== undefined && id !== "") return `${part} ${shortened(id)}`;
  if (!ID.test(by)) return by;
  const info = sessionInfo();
  if (info?.operator.id === by) return info.operator.name;
  const maySee = session.value.state === "signed-in" && hasRole("owner", "admin");
  if (maySee && !personNames.value.has(by)) void lookUp(by);
  return personNames.value.get(by) || shortened(by);
}

function shortened(id: string): string {
  return id.length > SHORT ? `${id.slice(0, SHORT)}…` : id;
}

async function lookUp(id: string): Promise<void> {
  const running = asked;
  if (running.has(id)) return;
  running.add(id);
  const name = await getPerson(id).then(nameOf, unknownName);
  // Another person has signed in, and may not see this name.
  if (running !== asked) return;
  if (name !== undefined) {
    personNames.set(new Map(personNames.value).set(id, name));
    return;
  }
  setTimeout(() => {
    running.delete(id);
    // Pages that still show the id ask again.
    if (running === asked) personNames.set(new Map(personNames.value));
  }, AGAIN_MS);
}

/** Undefined if a later call may find the name. */
function unknownName(thrown: unknown): "" | undefined {
  return NAMELESS.includes(asApiError(thrown).status) ? "" : undefined;
}
