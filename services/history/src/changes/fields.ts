import type { JsonObject } from "@fleetlog/domain";
import type { ConfigurationRow, RegistryRow, StatusRow, UpdatesRow, ViewRow } from "@fleetlog/projections/folding";
import { jsonOf, valuesIn } from "./values.ts";

/** One field of a device that an event changed. Values are JSON; `null` means that the field had no value. */
export interface Change {
  readonly change: string;
  readonly before: string;
  readonly after: string;
}

interface Compared<Row> {
  readonly of: (row: Row) => unknown;
  /** The value is an object, and each of its values is compared as a field. */
  readonly each?: true;
}

type Fields<Row> = Readonly<Record<string, Compared<Row>>>;

const registry: Fields<RegistryRow> = {
  registration: { of: ({ retiredAt }) => (retiredAt === undefined ? "registered" : "retired") },
  name: { of: ({ device }) => device.name },
  tags: { of: ({ device }) => (device.tags.length === 0 ? undefined : device.tags) },
  account: { of: ({ device }) => device.account ?? "main" },
  type: { of: ({ device }) => device.type },
  dialect: { of: ({ device }) => device.dialect },
  login: { of: ({ device }) => device.login, each: true },
  profile: { of: ({ device }) => device.profile, each: true },
  certificates: { of: ({ device }) => device.certificates },
};

const status: Fields<StatusRow> = {
  status: { of: (row) => row.status },
  gateway: { of: ({ session }) => session?.gateway },
};

const configurations: Fields<ConfigurationRow> = {
  "configuration.desired": { of: ({ state }) => state.values, each: true },
  "configuration.reported": { of: ({ valuesInUse }) => valuesInUse, each: true },
  "configuration.state": { of: ({ state }) => state.reported?.state },
};

const updates: Fields<UpdatesRow> = {
  update: { of: ({ found }) => Object.fromEntries(found.updates.map((one) => [one.package, one.state])), each: true },
};

type Entries = readonly (readonly [name: string, compared: Compared<ViewRow>])[];

const COMPARED: ReadonlyMap<string, Entries> = new Map(
  Object.entries({ registry, status, configurations, updates }).map(([projection, fields]) => [
    projection,
    Object.entries(fields as unknown as Fields<ViewRow>),
  ]),
);

/** The names of all fields. Those that are objects have fields below them, such as `profile/firmware`. */
export const FIELDS: readonly string[] = [...COMPARED.values()].flatMap((fields) => fields.map(([name]) => name));

/** The device's fields in which two states of its row differ. None for projections without rows of devices. */
export function changesOf(projection: string, before: ViewRow | undefined, after: ViewRow): Change[] {
  const fields = COMPARED.get(projection);
  if (fields === undefined) return [];
  const changes: Change[] = [];
  for (const [name, { of, each }] of fields) {
    const [old, now] = [before === undefined ? undefined : of(before), of(after)];
    if (old === now) continue;
    if (each) changes.push(...valueChanges(name, old as JsonObject | undefined, now as JsonObject | undefined));
    else add(changes, name, jsonOf(old), jsonOf(now));
  }
  return changes;
}

function valueChanges(name: string, before: JsonObject | undefined, after: JsonObject | undefined): Change[] {
  const [old, now] = [valuesIn(before), valuesIn(after)];
  const changes: Change[] = [];
  for (const pointer of new Set([...old.keys(), ...now.keys()])) {
    add(changes, `${name}${pointer}`, old.get(pointer) ?? "null", now.get(pointer) ?? "null");
  }
  return changes;
}

function add(changes: Change[], change: string, before: string, after: string): void {
  if (before !== after) changes.push({ change, before, after });
}
