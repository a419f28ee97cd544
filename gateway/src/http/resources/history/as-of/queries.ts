import type { Action, Person } from "@fleetlog/domain";
import type { PersonalFields } from "@fleetlog/identity";
import { actionsOf, scopeOf } from "@fleetlog/identity";
import {
  type AccountResource,
  ActRecord,
  ChannelRecord,
  PersonPage,
  PersonResource,
  type QueryName,
  type QuerySchema,
  type ScanResource,
  VIEW_SCHEMAS,
} from "@fleetlog/protocol";
import Type, { type TSchema } from "typebox";
import { scanWithin } from "../../updates/scans.ts";

type Params = Readonly<Record<string, unknown>>;

/** A query of the views that people may ask as of a moment. */
export interface PastQuery {
  readonly action: Action;
  readonly params: TSchema;
  readonly result: TSchema;
  /** Params that are set by the person's rights. */
  readonly limits?: (person: Person) => Params;
  /** Converts the result to the form that the API call about the present answers with. */
  readonly shown?: (result: unknown, reader: PastReader) => unknown;
}

export interface PastReader {
  readonly person: Person;
  readonly personal: Pick<PersonalFields, "open" | "openIn">;
}

const SCHEMAS: ReadonlyMap<string, QuerySchema> = new Map(
  Object.values(VIEW_SCHEMAS).flatMap(({ queries }) => Object.entries<QuerySchema>(queries)),
);

const page = { next: Type.Union([Type.String(), Type.Null()]), total: Type.Integer() };
const { address: _, ...act } = ActRecord.properties;
/** A page of acts, with the callers' addresses as text. */
const ActPage = Type.Object({
  items: Type.Array(Type.Object({ ...act, address: Type.Optional(Type.String()) })),
  total: Type.Integer(),
  more: Type.Boolean(),
});
/** A channel without the id of its sealed settings. */
const { settings: __, ...channel } = ChannelRecord.properties;
const Channel = Type.Object(channel);

/** Queries whose parameters or result differ from their schema when people ask them. */
const DIFFERENCES: { readonly [N in QueryName]?: Partial<Omit<PastQuery, "action">> } = {
  "scans.list": { shown: scansWithin },
  "scans.get": {
    shown: (found, { person }) => found && scanWithin(found as ScanResource, scopeOf(person, "scan.read")),
  },
  "accounts.list": { shown: ownAccounts },
  "people.list": peopleQuery("people.list"),
  "people.get": peopleQuery("people.get"),
  "acts.list": {
    result: ActPage,
    params: without("acts.list", "people"),
    limits: (person) => ({ people: actionsOf(person).has("person.read") }),
    shown: actsWithAddresses,
  },
  "channels.list": { result: Type.Object({ ...page, items: Type.Array(Channel) }) },
  "channels.get": { result: Channel },
};

export const PAST_QUERIES: ReadonlyMap<string, PastQuery> = new Map(
  [...SCHEMAS].flatMap(([name, { action, params, result }]): [string, PastQuery][] =>
    action === null ? [] : [[name, { action, params, result: notNull(result), ...DIFFERENCES[name as QueryName] }]],
  ),
);

function schemaOf(query: string): QuerySchema {
  const schema = SCHEMAS.get(query);
  if (schema === undefined) throw new TypeError(`the views have no query ${query}`);
  return schema;
}

function notNull(result: TSchema): TSchema {
  const { anyOf = [] } = result as { readonly anyOf?: readonly TSchema[] };
  return anyOf.find((one) => (one as { readonly type?: string }).type !== "null") ?? result;
}

function without(query: QueryName, ...names: readonly string[]): TSchema {
  const { properties } = schemaOf(query).params as unknown as {
    readonly properties: Readonly<Record<string, TSchema>>;
  };
  const left = Object.entries(properties).filter(([name]) => !names.includes(name));
  return Type.Object(Object.fromEntries(left), { additionalProperties: false });
}

/** A query for people, limited to the accounts that the caller may see. */
function peopleQuery(query: "people.list" | "people.get"): Partial<PastQuery> {
  return {
    params: without(query, "accounts", "tags"),
    result: query === "people.get" ? PersonResource : PersonPage,
    limits: (person) => ({ ...scopeOf(person, "person.read") }),
    shown: (found, { personal }) => personal.openIn(found as object | null),
  };
}

function scansWithin(found: unknown, { person }: PastReader): unknown {
  const page = found as { readonly items: readonly ScanResource[] };
  const scope = scopeOf(person, "scan.read");
  return { ...page, items: page.items.map((scan) => scanWithin(scan, scope)) };
}

function ownAccounts(found: unknown, { person }: PastReader): AccountResource[] {
  const { accounts } = scopeOf(person, "account.read");
  return (found as AccountResource[]).filter(({ id }) => accounts === undefined || accounts.includes(id));
}

async function actsWithAddresses(found: unknown, { personal }: PastReader): Promise<unknown> {
  const page = found as { readonly items: readonly ActRecord[] };
  const opened = page.items.map(async ({ address, ...act }) => ({
    ...act,
    ...(address !== undefined && { address: await personal.open(address) }),
  }));
  return { ...page, items: await Promise.all(opened) };
}
