import type { PersonResource } from "../../data/people.ts";
import type { UrlFormat } from "../../state/url-state.ts";

/** `present`: invited and active. */
export const STATES = ["present", "invited", "active", "ended", "all"] as const;

/** The filters of the list, kept in the URL. */
export interface Filters {
  readonly search: string;
  readonly state: (typeof STATES)[number];
  /** "": no filter. */
  readonly account: string;
}

export const NO_FILTERS: Filters = { search: "", state: "present", account: "" };

export const filterFormat: UrlFormat<Filters> = {
  read(parameters) {
    const state = STATES.find((one) => one === parameters.get("state")) ?? NO_FILTERS.state;
    return { search: parameters.get("search") ?? "", state, account: parameters.get("account") ?? "" };
  },
  write: ({ search, state, account }) =>
    new URLSearchParams({
      ...(search.trim() && { search: search.trim() }),
      ...(state !== NO_FILTERS.state && { state }),
      ...(account && { account }),
    }),
};

/** Each word of the search must occur in address, names, role, tags or account, or be the id. */
export function matching(people: readonly PersonResource[], filters: Filters): readonly PersonResource[] {
  const words = filters.search.toLowerCase().split(/\s+/).filter(Boolean);
  return people.filter((person) => {
    if (filters.account && person.account !== filters.account) return false;
    if (!isInState(person, filters.state)) return false;
    const text = words.length === 0 ? "" : textOf(person);
    return words.every((word) => text.includes(word) || word === person.id.toLowerCase());
  });
}

export function hasEnded({ status }: PersonResource): boolean {
  return status === "ended" || status === "erased";
}

function isInState(person: PersonResource, state: Filters["state"]): boolean {
  if (state === "all") return true;
  if (state === "present") return !hasEnded(person);
  if (state === "ended") return hasEnded(person);
  return state === "active"
    ? person.status === "active"
    : person.status === "invited" || person.status === "unconfirmed";
}

function textOf({ email, userName, givenName, familyName, role, tags = [], account }: PersonResource): string {
  return [email, userName, givenName, familyName, role, account, ...tags].join(" ").toLowerCase();
}
