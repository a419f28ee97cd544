import { FleetError, type Person } from "@fleetlog/domain";
import type { Fleet, QueryOptions } from "@fleetlog/fleet";
import { scopeOf } from "@fleetlog/identity";
import type { ActRecord, AuditEntry, AuditPage, ListAuditQuery, RefusalRecord } from "@fleetlog/protocol";
import { decodePlace, encodePlace, type Place } from "./cursor.ts";

export interface AuditReader {
  readonly fleet: Pick<Fleet, "views" | "personal">;
  readonly person: Person;
  readonly acts: QueryOptions;
  readonly refusals: QueryOptions;
}

interface Found<Record> {
  readonly items: readonly Record[];
  readonly total: number;
  readonly more: boolean;
}

const NOTHING = { items: [], total: 0, more: false } as const;

export async function auditPage(
  reader: AuditReader,
  { cursor, kind, limit = 100, ...filter }: ListAuditQuery,
): Promise<AuditPage> {
  const { fleet, person } = reader;
  const scope = scopeOf(person, "audit.read");
  const mayPeople = peopleScope(person);
  const place = cursor === undefined ? {} : decodePlace(cursor);
  const asked = (before: number | undefined) => ({ ...filter, limit, ...(before !== undefined && { before }) });
  const [acts, refusals] = await Promise.all([
    kind === "refusal"
      ? NOTHING
      : fleet.views.query(
          "acts.list",
          { ...asked(place.acts), people: mayPeople !== undefined },
          { ...reader.acts, scope },
        ),
    kind === "act"
      ? NOTHING
      : fleet.views
          .query("refusals.list", asked(place.refusals), { ...reader.refusals, scope })
          .catch(unlessUnavailable),
  ]);
  const page = merged(acts, refusals ?? NOTHING, limit, place);
  const names = mayPeople === undefined ? new Map<string, string>() : await namesOf(fleet, mayPeople, page.items);
  return {
    items: await Promise.all(page.items.map((one) => entryOf(fleet, one, names))),
    next: page.next,
    total: acts.total + (refusals?.total ?? 0),
    refusals: refusals === undefined ? "unavailable" : "included",
  };
}

/** Acts are shown without refusals while the view of ACCESS is unavailable. */
function unlessUnavailable(error: unknown): undefined {
  if (!(error instanceof FleetError) || error.code !== "view-unavailable") throw error;
}

type Item = ActRecord | RefusalRecord;

function merged(
  acts: Found<ActRecord>,
  refusals: Found<RefusalRecord>,
  limit: number,
  from: Place,
): { readonly items: readonly Item[]; readonly next: string | null } {
  const items: Item[] = [];
  let [a, r] = [0, 0];
  while (items.length < limit) {
    const [act, refusal] = [acts.items[a], refusals.items[r]];
    // One of the two lists has unread entries, so the next entry is unknown.
    if ((act === undefined && acts.more) || (refusal === undefined && refusals.more)) break;
    if (act !== undefined && (refusal === undefined || act.at >= refusal.at)) {
      items.push(act);
      a++;
    } else if (refusal !== undefined) {
      items.push(refusal);
      r++;
    } else break;
  }
  const ended = a === acts.items.length && r === refusals.items.length && !acts.more && !refusals.more;
  if (ended) return { items, next: null };
  const place = { ...from, ...at("acts", acts.items[a - 1]), ...at("refusals", refusals.items[r - 1]) };
  return { items, next: encodePlace(place) };
}

function at(name: keyof Place, last: Item | undefined): Place {
  return last === undefined ? {} : { [name]: last.seq };
}

/** The accounts whose people the person may see; undefined if the person may see no people. */
function peopleScope(person: Person): { accounts?: string[] } | undefined {
  try {
    const { accounts } = scopeOf(person, "person.read");
    return accounts === undefined ? {} : { accounts: [...accounts] };
  } catch {
    return undefined;
  }
}

async function namesOf(
  { views, personal }: AuditReader["fleet"],
  within: { accounts?: string[] },
  items: readonly Item[],
): Promise<ReadonlyMap<string, string>> {
  const ids = [...new Set(items.flatMap(({ by }) => by ?? []))];
  if (ids.length === 0) return new Map();
  const people = await views.query("people.named", { ids, ...within }, { whenAway: "wait" });
  const opened = await personal.openIn(people);
  return new Map(
    opened.map(({ id, userName, givenName, familyName, email }) => {
      const full = [givenName, familyName].filter((part) => part !== undefined).join(" ");
      return [id, userName ?? (full === "" ? email : full)];
    }),
  );
}

async function entryOf(
  { personal }: AuditReader["fleet"],
  item: Item,
  names: ReadonlyMap<string, string>,
): Promise<AuditEntry> {
  const name = item.by === undefined ? undefined : names.get(item.by);
  const shown = name === undefined ? {} : { name };
  if ("code" in item) return { kind: "refusal", ...item, ...shown };
  const { address, ...act } = item;
  const from = address === undefined ? undefined : await personal.open(address);
  return { kind: "act", ...act, ...shown, ...(from !== undefined && { address: from }) };
}
