import { FleetError, type Person } from "@fleetlog/domain";
import type { Fleet, QueryOptions } from "@fleetlog/fleet";
import { ERASED, scopeOf } from "@fleetlog/identity";
import type { AuditEntry, AuditPage, ListAuditQuery } from "@fleetlog/protocol";
import { decodePlace } from "./cursor.ts";
import { type Entry, merged, type Record } from "./merged.ts";

export interface AuditReader {
  readonly fleet: Pick<Fleet, "views" | "personal">;
  readonly person: Person;
  readonly acts: QueryOptions;
  /** Options for queries of the views of ACCESS. */
  readonly access: QueryOptions;
}

/** Maximum number of people whose names one query of the view returns. */
const NAMED = 1_000;
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
  const inAccess = { ...reader.access, scope };
  const isAsked = (one: AuditEntry["kind"]) => kind === undefined || kind === one;
  const [acts, refusals, signIns] = await Promise.all([
    isAsked("act")
      ? fleet.views.query(
          "acts.list",
          { ...asked(place.acts), people: mayPeople !== undefined },
          { ...reader.acts, scope },
        )
      : NOTHING,
    isAsked("refusal")
      ? fleet.views.query("refusals.list", asked(place.refusals), inAccess).catch(unlessUnavailable)
      : NOTHING,
    isAsked("sign-in") && mayPeople !== undefined
      ? fleet.views.query("signIns.list", asked(place.signIns), inAccess).catch(unlessUnavailable)
      : NOTHING,
  ]);
  const lists = { acts, refusals: refusals ?? NOTHING, signIns: signIns ?? NOTHING };
  const page = merged(lists, limit, place);
  const names =
    mayPeople === undefined
      ? new Map<string, string>()
      : await namesOf(
          fleet,
          mayPeople,
          page.items.map(({ record }) => record),
        );
  return {
    items: await Promise.all(page.items.map((one) => entryOf(fleet, one, names))),
    next: page.next,
    total: acts.total + lists.refusals.total + lists.signIns.total,
    refusals: refusals === undefined || signIns === undefined ? "unavailable" : "included",
  };
}

/** While the views of ACCESS are unavailable, the audit shows only acts. */
function unlessUnavailable(error: unknown): undefined {
  if (!(error instanceof FleetError) || error.code !== "view-unavailable") throw error;
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
  items: readonly Record[],
): Promise<ReadonlyMap<string, string>> {
  const ids = [...new Set(items.flatMap((item) => [item.by ?? [], changedPerson(item) ?? []].flat()))];
  const parts = Array.from({ length: Math.ceil(ids.length / NAMED) }, (_, n) => ids.slice(n * NAMED, (n + 1) * NAMED));
  const people = await Promise.all(
    parts.map((part) => views.query("people.named", { ids: part, ...within }, { whenAway: "wait" })),
  );
  const opened = await personal.openIn(people.flat());
  return new Map(
    opened.map(({ id, userName, givenName, familyName, email }) => {
      if (email === ERASED) return [id, ERASED];
      const full = [givenName, familyName].filter((part) => part !== undefined).join(" ");
      return [id, userName ?? (full === "" ? email : full)];
    }),
  );
}

/** The id of the person that the act has changed. An API key's id is returned, too, but no name is found for it. */
function changedPerson(record: Record): string | undefined {
  return "category" in record && record.category === "person" ? record.entity : undefined;
}

async function entryOf(
  { personal }: AuditReader["fleet"],
  { kind, record }: Entry,
  names: ReadonlyMap<string, string>,
): Promise<AuditEntry> {
  const name = record.by === undefined ? undefined : names.get(record.by);
  const entityName = names.get(changedPerson(record) ?? "");
  const shown = { ...(name !== undefined && { name }), ...(entityName !== undefined && { entityName }) };
  if (kind !== "act") return { kind, ...record, ...shown };
  const { address, ...act } = record;
  const from = address === undefined ? undefined : await personal.open(address);
  return { kind, ...act, ...shown, ...(from !== undefined && { address: from }) };
}
