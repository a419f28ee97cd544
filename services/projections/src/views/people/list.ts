import { type PersonState, type Scope, scopeOfPerson } from "@fleetlog/domain";
import type { PersonRecord } from "@fleetlog/protocol";
import type { Filter } from "../../filter.ts";
import type { Reader } from "../../select/reader.ts";
import { registry } from "../devices/registry.ts";
import type { Answer } from "../view.ts";
import { type PersonRow, people } from "./people.ts";

const PEOPLE = { tables: [people] };
const DEFAULT_LIMIT = 100;

export const listPeople: Answer<"people.list"> = (reader, { ids, accounts, tags, limit = DEFAULT_LIMIT, cursor }) => {
  const filter = { and: [within(accounts), ...(ids === undefined ? [] : [{ column: "key", in: ids }])] };
  const request = { list: "people", filter, order: [{ column: "ordinal" }], limit, cursor };
  return reader.page(PEOPLE, request, (found) =>
    records(reader, found, { ...(accounts && { accounts }), ...(tags && { tags }) }),
  );
};

export const getPerson: Answer<"people.get"> = (reader, { id, accounts, tags }) => {
  const [found] = records(reader, [id], { ...(accounts && { accounts }), ...(tags && { tags }) });
  return found === undefined || accounts?.includes(found.account) === false ? null : found;
};

export const namedPeople: Answer<"people.named"> = (reader, { ids, accounts }) =>
  records(reader, ids).filter(({ account }) => accounts?.includes(account) !== false);

export const hasPerson: Answer<"people.has"> = (reader, { role }) => {
  const active: Filter = {
    and: [
      { column: "role", eq: role },
      { column: "status", eq: "active" },
    ],
  };
  return reader.keys(PEOPLE, active, [{ column: "ordinal" }], { limit: 1 }).length > 0;
};

function within(accounts: readonly string[] | undefined): Filter {
  return accounts === undefined ? { and: [] } : { column: "account", in: accounts };
}

/** @param caller scope within which each person's devices are counted; undefined: they are not counted */
function records(reader: Reader, ids: readonly string[], caller?: Scope): PersonRecord[] {
  const devices = caller && deviceCounter(reader, caller);
  return reader.rows<{ row: string }>(PEOPLE, ids, { row: "people.row" }).map(({ row }) => {
    const { seq, person, createdAt, createdBy }: PersonRow = JSON.parse(row);
    const { seq: _, endedLinks: __, tags, mails, openIds, ...fields } = person;
    const limits = tags === undefined ? {} : { tags: [...tags] };
    const counted = devices === undefined || hasEnded(person) ? {} : { devices: devices(scopeOfPerson(person)) };
    return {
      ...fields,
      ...limits,
      ...(openIds && { openIds: [...openIds] }),
      ...newestOf(mails),
      ...counted,
      createdAt,
      createdBy,
      seq,
    };
  });
}

/** Counts the devices within both the person's and the caller's scope. Most people share few scopes. */
function deviceCounter(reader: Reader, caller: Scope): (scope: Scope) => number {
  const known = new Map<string, number>();
  return (scope) => {
    const key = JSON.stringify([scope.accounts, scope.tags]);
    const counted =
      known.get(key) ?? reader.count({ tables: [registry] }, { and: [...limits(caller), ...limits(scope)] });
    known.set(key, counted);
    return counted;
  };
}

function limits({ accounts, tags }: Scope): Filter[] {
  return [
    { column: "retired", eq: 0 },
    ...(accounts === undefined ? [] : [{ column: "account", in: accounts }]),
    ...(tags === undefined ? [] : [{ column: "tags", in: tags }]),
  ];
}

function hasEnded({ status }: PersonState): boolean {
  return status === "ended" || status === "erased";
}

function newestOf(mails: PersonState["mails"] = []): { mail?: NonNullable<PersonRecord["mail"]> } {
  const newest = mails.at(-1);
  if (newest === undefined) return {};
  const { purpose, state, reason } = newest;
  return { mail: { purpose, state, ...(reason !== undefined && { reason }) } };
}
