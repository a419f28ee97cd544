import {
  type Category,
  DEVICE_CATEGORIES,
  encodeToken,
  isCategory,
  parseSubject,
  type StreamName,
  streamOf,
} from "@fleetlog/domain";
import type { ReadQuery } from "@fleetlog/log";

/** No stream has a longer name. */
const LONGEST = 512;
const OF_DEVICES: ReadonlySet<string> = new Set(DEVICE_CATEGORIES.filter((one) => streamOf(one) === "FLEET"));

/** A stream of the Kurrent client, as a part of one stream of the log. */
export interface Source {
  /** Undefined for `$all`. */
  readonly name: string | undefined;
  readonly kind: "all" | "category" | "entity";
  readonly stream: StreamName;
  readonly query: Pick<ReadQuery, "category" | "categories" | "entity">;
  /** Whether an event of `stream` with this subject belongs to this source. */
  readonly has: (subject: string) => boolean;
}

export const ALL: Source = { name: undefined, kind: "all", stream: "FLEET", query: {}, has: () => true };

/** Undefined for a name that no stream can have. */
export function sourceOf(name: string): Source | undefined {
  if (name.length > LONGEST) return undefined;
  if (name === "$all") return ALL;
  if (name.startsWith("$ce-")) return categorySource(name, name.slice(4));
  const dash = name.indexOf("-");
  const kind = name.slice(0, dash);
  const entity = name.slice(dash + 1);
  if (dash < 1 || !isCategory(kind) || !isEntity(entity)) return undefined;
  const categories = categoriesOf(kind);
  if (categories === undefined) return undefined;
  const token = encodeToken(entity);
  const subjects = new Set(categories.map((category) => `fleet.${category}.${token}`));
  const [category] = categories;
  return {
    name,
    kind: "entity",
    stream: streamOf(kind),
    query: categories.length === 1 && category !== undefined ? { category, entity } : { categories, entity },
    has: (subject) => subjects.has(subject),
  };
}

function categorySource(name: string, category: string): Source | undefined {
  if (!isCategory(category)) return undefined;
  const prefix = `fleet.${category}.`;
  return {
    name,
    kind: "category",
    stream: streamOf(category),
    query: { category },
    has: (subject) => subject.startsWith(prefix),
  };
}

/** A device's categories are one stream, `device-<id>`. */
function categoriesOf(kind: Category): readonly Category[] | undefined {
  if (kind === "device") return DEVICE_CATEGORIES.filter((one) => OF_DEVICES.has(one));
  return OF_DEVICES.has(kind) ? undefined : [kind];
}

function isEntity(entity: string): boolean {
  return entity !== "" && entity.isWellFormed();
}

export interface Place {
  readonly category: Category;
  readonly entity: string;
  /** The name of the stream that has the event: `device-<id>`, `telemetry-<id>`, `gateway-<name>`. */
  readonly stream: string;
}

export function placeOf(subject: string): Place | undefined {
  const parsed = parseSubject(subject);
  if (parsed === undefined) return undefined;
  const { category, entity } = parsed;
  return { category, entity, stream: `${OF_DEVICES.has(category) ? "device" : category}-${entity}` };
}
