import type { PersonState } from "@fleetlog/domain";
import type { PersonRecord } from "@fleetlog/protocol";
import type { Filter } from "../../select/filter.ts";
import type { Reader } from "../../select/reader.ts";
import type { Answer } from "../view.ts";
import { type PersonRow, people } from "./people.ts";

const PEOPLE = { tables: [people] };
const DEFAULT_LIMIT = 100;

export const listPeople: Answer<"people.list"> = (reader, { accounts, limit = DEFAULT_LIMIT, cursor }) => {
  const request = { list: "people", filter: within(accounts), order: [{ column: "ordinal" }], limit, cursor };
  return reader.page(PEOPLE, request, (ids) => records(reader, ids));
};

export const getPerson: Answer<"people.get"> = (reader, { id, accounts }) => {
  const [found] = records(reader, [id]);
  return found === undefined || accounts?.includes(found.account) === false ? null : found;
};

export const namedPeople: Answer<"people.named"> = (reader, { ids, accounts }) =>
  records(reader, ids).filter(({ account }) => accounts?.includes(account) !== false);

function within(accounts: readonly string[] | undefined): Filter {
  return accounts === undefined ? { and: [] } : { column: "account", in: accounts };
}

function records(reader: Reader, ids: readonly string[]): PersonRecord[] {
  return reader.rows<{ row: string }>(PEOPLE, ids, { row: "people.row" }).map(({ row }) => {
    const { seq, person, createdAt, createdBy }: PersonRow = JSON.parse(row);
    const { seq: _, tags, mails, ...fields } = person;
    const limits = tags === undefined ? {} : { tags: [...tags] };
    return { ...fields, ...limits, ...newestOf(mails), createdAt, createdBy, seq };
  });
}

function newestOf(mails: PersonState["mails"] = []): { mail?: NonNullable<PersonRecord["mail"]> } {
  const newest = mails.at(-1);
  if (newest === undefined) return {};
  const { purpose, state, reason } = newest;
  return { mail: { purpose, state, ...(reason !== undefined && { reason }) } };
}
