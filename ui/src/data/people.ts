import type { PersonLinkAnswer, PersonPage, PersonResource } from "@fleetlog/protocol";
import { call, get } from "./api.ts";

export type { PersonLinkAnswer, PersonResource } from "@fleetlog/protocol";
export type RoleName = PersonResource["role"];

/** In answers, in place of an erased person's texts, and of texts whose key is lost. */
export const ERASED = "erased";
/** As many ids as one call takes. */
export const MOST_IDS = 100;

const SHORT = 8;
const PAGE = 1_000;
/** The page itself searches, because addresses are sealed in the views. It reads at most this many people. */
const MOST = 20_000;

export interface AllPeople {
  readonly items: readonly PersonResource[];
  readonly total: number;
}

export async function listPeople(signal?: AbortSignal): Promise<AllPeople> {
  const items: PersonResource[] = [];
  let cursor: string | undefined;
  for (;;) {
    const page: PersonPage = await get("/people", { limit: PAGE, ...(cursor !== undefined && { cursor }) }, signal);
    items.push(...page.items);
    if (page.next === null || items.length >= MOST) return { items, total: page.total };
    cursor = page.next;
  }
}

/**
 * The people with these ids. Ids of nobody, and of people whom the caller may not see, are left out.
 *
 * @param ids 1 to {@link MOST_IDS}, each once
 */
export async function peopleOf(ids: readonly string[]): Promise<readonly PersonResource[]> {
  const { items }: PersonPage = await get("/people", { ids: ids.join(","), limit: ids.length });
  return items;
}

/** The user name, otherwise the names, otherwise the address. The beginning of the id if they can't be read any more. */
export function nameOf({ id, status, userName, givenName, familyName, email }: PersonResource): string {
  if (status === "erased") return erasedName(id);
  if (email === ERASED) return `person ${shortId(id)}`;
  return userName ?? ([givenName, familyName].filter(Boolean).join(" ") || email);
}

export function erasedName(id: string): string {
  return `erased person ${shortId(id)}`;
}

/** So many characters of an id are enough to tell apart two of them on a page. */
export function shortId(id: string): string {
  return id.length > SHORT ? `${id.slice(0, SHORT)}…` : id;
}

/** @throws ApiError `person-exists`, `forbidden` for a role above the caller's */
export function invitePerson(body: {
  readonly email: string;
  readonly role: RoleName;
  readonly tags?: readonly string[];
  readonly account?: string;
}): Promise<PersonResource> {
  return call("POST", "/people", { body });
}

export interface PersonChange {
  readonly role: RoleName;
  /** null: no limit. */
  readonly tags: readonly string[] | null;
  readonly account?: string;
}

export function changePerson(id: string, body: PersonChange): Promise<PersonResource> {
  return call("PATCH", pathOf(id), { body });
}

/** Makes a one-time link for a person. Only this answer has the link. */
export function makePersonLink(id: string): Promise<PersonLinkAnswer> {
  return call("POST", `${pathOf(id)}/link`);
}

/** Only this answer has the link, by which the person confirms the address. @throws ApiError `person-exists` */
export function makeEmailLink(id: string, email: string): Promise<PersonLinkAnswer> {
  return call("POST", `${pathOf(id)}/email-link`, { body: { email } });
}

/** `erase` makes email address and names unreadable. */
export function endPerson(id: string, erase: boolean): Promise<void> {
  return call("DELETE", pathOf(id), { query: erase ? { erase } : {} });
}

export function removeSecondFactor(id: string): Promise<void> {
  return call("DELETE", `${pathOf(id)}/second-factor`);
}

function pathOf(id: string): string {
  return `/people/${encodeURIComponent(id)}`;
}
