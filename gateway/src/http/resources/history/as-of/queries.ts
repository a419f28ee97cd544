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
import { scanWithin } from "../../scans.ts";

type Params = Readonly<Record<string, unknown>>;

/** A query of the views that people may ask as of a moment. */
export interface PastQuery {
  /** The action of the API call that answers the same question about the present. */
  readonly action: Action;
  /** What people may ask for; default: all params. */
  readonly params?: TSchema;
  /** What people see; default: the query's result. */
  readonly result?: TSchema;
  /** Params that are set by the person's rights. */
  readonly limits?: (person: Person) => Params;
  /** Converts the result to the form in that call's answer. */
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
/** With the caller's address as text. */
const ActPage = Type.Object({
  items: Type.Array(Type.Object({ ...act, address: Type.Optional(Type.String()) })),
  total: Type.Integer(),
  more: Type.Boolean(),
});
/** Without the id of the sealed settings. */
const { settings: __, ...channel } = ChannelRecord.properties;
const Channel = Type.Object(channel);

const devices = { action: "device.read" } as const;
const commands = { action: "command.read" } as const;
const types = { action: "device-type.read" } as const;
const groups = { action: "group.read" } as const;
const provisioning = { action: "provision-request.read" } as const;
const enrolment = { action: "enrolment-group.read" } as const;

/** Without the queries that only Fleetlog's processes ask. */
const QUERIES: { readonly [N in QueryName]?: PastQuery } = {
  "devices.list": devices,
  "devices.get": devices,
  "devices.rows": devices,
  "devices.declared": devices,
  "devices.summary": devices,
  "configuration.get": devices,
  "commands.list": commands,
  "commands.get": commands,
  "types.list": types,
  "types.get": types,
  "groups.list": groups,
  "groups.get": groups,
  "catalogues.list": { action: "catalogue.read" },
  "catalogues.get": { action: "catalogue.read" },
  "scans.list": { action: "scan.read", shown: scansWithin },
  "scans.get": {
    action: "scan.read",
    shown: (found, { person }) => found && scanWithin(found as ScanResource, scopeOf(person, "scan.read")),
  },
  "updates.list": { action: "update.read" },
  "artifacts.list": { action: "artifact.read" },
  "provisionRequests.list": provisioning,
  "provisionRequests.get": provisioning,
  "enrolmentGroups.list": enrolment,
  "enrolmentGroups.get": enrolment,
  "claimCodes.list": { action: "claim-code.read" },
  "gateways.list": { action: "system.read" },
  "accounts.list": { action: "account.read", shown: ownAccounts },
  "people.list": peopleQuery("people.list"),
  "people.get": peopleQuery("people.get"),
  "acts.list": {
    action: "audit.read",
    result: ActPage,
    params: without("acts.list", "people"),
    limits: (person) => ({ people: actionsOf(person).has("person.read") }),
    shown: actsWithAddresses,
  },
  "refusals.list": { action: "audit.read" },
  // Only for callers who may see people, as in the live audit.
  "signIns.list": { action: "person.read" },
  "channels.list": { action: "channel.read", result: Type.Object({ ...page, items: Type.Array(Channel) }) },
  "channels.get": { action: "channel.read", result: Channel },
  "deliveries.list": { action: "channel.read" },
};

export const PAST_QUERIES: ReadonlyMap<string, PastQuery & Pick<QuerySchema, "params" | "result">> = new Map(
  Object.entries<PastQuery>(QUERIES).map(([name, query]) => {
    const { params, result } = schemaOf(name);
    return [name, { params, result: notNull(result), ...query }];
  }),
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
function peopleQuery(query: "people.list" | "people.get"): PastQuery {
  return {
    action: "person.read",
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
