import { invalid } from "@fleetlog/domain";
import { CreateProvisionRequestBody } from "@fleetlog/protocol";
import { changedNumber } from "@fleetlog/runtime";
import type { Template } from "../dependencies/imports/record.ts";
import { tagsIn } from "./tags.ts";

/** A path to a property, such as `device.tags` and `bundles[0].version`. */
const PATH = /^[A-Za-z][\w-]*(?:\.[A-Za-z0-9][\w-]*|\[\d\])*$/;

interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

/** Columns that mean properties of the request's device. */
const OF_DEVICE: ReadonlySet<string> = new Set(["id", "name", "tags", "type"]);

export function pathIn(column: string): readonly (string | number)[] | undefined {
  if (OF_DEVICE.has(column)) return ["device", column];
  if (!PATH.test(column)) return undefined;
  return [...column.matchAll(/[\w-]+/g)].map(([part], index, all) =>
    index > 0 && column[(all[index]?.index ?? 0) - 1] === "[" ? Number(part) : part,
  );
}

/**
 * The template with the row's values at their columns' paths. An empty cell keeps the template's value.
 * @throws FleetError `invalid-request` that names the column, for a number that would be stored as another one
 */
export function filled(template: Template, values: Template): Template {
  const body = structuredClone(template) as Record<string, unknown>;
  for (const [column, value] of Object.entries(values)) {
    if (value === "" || value === null || value === undefined) continue;
    const path = pathIn(column) ?? [];
    set(body, path, typeof value === "string" ? typed(value, path, at(template, path), column) : value, column);
  }
  return body;
}

/** @throws FleetError `invalid-request` for a path through a value that is no object */
function set(body: Record<string, unknown>, path: readonly (string | number)[], value: unknown, column: string): void {
  let place: Record<string | number, unknown> = body;
  for (const [index, part] of path.slice(0, -1).entries()) {
    if (!Object.hasOwn(place, part)) place[part] = typeof path[index + 1] === "number" ? [] : {};
    const next = place[part];
    if (typeof next !== "object" || next === null)
      throw invalid(column, `${column} is within a value that is no object`);
    place = next as Record<string | number, unknown>;
  }
  const last = path.at(-1);
  if (last !== undefined)
    Object.defineProperty(place, last, { value, writable: true, enumerable: true, configurable: true });
}

/** Converts a CSV cell to the schema's type. A text that can't be converted stays, and is refused later. */
function typed(text: string, path: readonly (string | number)[], before: unknown, column: string): unknown {
  const [first] = path;
  if (first === "configuration") return typeof before === "string" ? text : (json(text, column) ?? text);
  const type = schemaAt(path)?.type;
  if (type === "boolean") return { true: true, false: false }[text.toLowerCase()] ?? text;
  if (type === "integer" || type === "number") return Number.isFinite(Number(text)) ? Number(text) : text;
  if (path.join(".") === "device.tags") return tagsIn(text);
  return type === "array" || type === "object" ? (json(text, column) ?? text) : text;
}

function schemaAt(path: readonly (string | number)[]): Schema | undefined {
  let schema: Schema | undefined = CreateProvisionRequestBody as Schema;
  for (const part of path) schema = typeof part === "number" ? schema?.items : schema?.properties?.[part];
  return schema;
}

function at(template: Template, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (place, part) => (place as Record<string | number, unknown> | undefined)?.[part],
    template,
  );
}

function json(text: string, column: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const changed = changedNumber(text, column);
  if (changed !== undefined)
    throw invalid(column, `${changed.message}, in quotes of JSON or by a text at this place of the template`);
  return value;
}
