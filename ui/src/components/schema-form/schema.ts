/** The part of JSON Schema (draft 2020-12) that forms support. The device validates the rest. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly multipleOf?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly format?: string;
}

export type FieldKind = "choice" | "flag" | "number" | "text" | "json" | "group" | "list";

export interface Choice {
  readonly value: unknown;
  readonly text: string;
}

export interface Field {
  readonly name: string;
  readonly title: string;
  readonly schema: Schema;
  readonly kind: FieldKind;
  readonly required: boolean;
  readonly choices: readonly Choice[];
  readonly fields: readonly Field[];
  readonly item: Field | undefined;
}

/** Deeper values are edited as JSON: deep forms are hard to use, and schemas have no depth limit. */
const DEEPEST = 4;
/** Larger schemas are edited as JSON, because a large form draws slowly. */
const MAX_FIELDS = 100;
const MAX_CHOICES = 200;
export const MAX_ENTRIES = 100;
const LONGEST_DEFAULT = 20_000;
const LONGEST_TITLE = 200;
const LONGEST_DESCRIPTION = 1_000;

/** Undefined for anything but an object: devices may declare anything. */
export function asSchema(value: unknown): Schema | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Schema) : undefined;
}

/** Compares the content: a repeated report brings a new object. */
export function schemasDiffer(one: Schema | undefined, other: Schema | undefined): boolean {
  return one !== other && JSON.stringify(one) !== JSON.stringify(other);
}

/** A command's parameters as one field: a group for a missing schema or a schema of an object. */
export function rootOf(schema: Schema | undefined): Field {
  const root = shortened(asSchema(schema) ?? {});
  if (fieldCount(root, 0) > MAX_FIELDS || isLarge(root.default))
    return { ...fieldOf("", { title: "Parameters" }, true, 0), schema: { description: root.description ?? "" } };
  const kind = kindOf(root, 0);
  const object = kind === "group" || typeOf(root) === undefined || typeOf(root) === "object";
  return fieldOf("", object ? { ...root, type: "object" } : { title: "Parameters", ...root }, true, 0, object);
}

function fieldsOf({ properties, required }: Schema, depth: number): readonly Field[] {
  const needed = Array.isArray(required) ? required : [];
  return Object.entries(asSchema(properties) ?? {}).flatMap(([name, given]): Field[] => {
    const one = asSchema(given);
    return one === undefined ? [] : [fieldOf(name, one, needed.includes(name), depth)];
  });
}

/** Number of fields, counting one entry of each list. Stops above the limit. */
function fieldCount(schema: Schema, depth: number): number {
  if (depth > DEEPEST) return 1;
  const items = asSchema(schema.items);
  let count = items === undefined ? 0 : fieldCount(items, depth + 1);
  for (const one of Object.values(asSchema(schema.properties) ?? {})) {
    if (count > MAX_FIELDS) return count;
    const inner = asSchema(one);
    if (inner === undefined) continue;
    const nests = ["object", "array"].includes(typeOf(inner) ?? "");
    count += 1 + (nests ? fieldCount(inner, depth + 1) : 0);
  }
  return count;
}

function isLarge(value: unknown): boolean {
  if (Array.isArray(value) && value.length > MAX_ENTRIES) return true;
  return typeof value === "object" && value !== null && JSON.stringify(value).length > LONGEST_DEFAULT;
}

function shortened(schema: Schema): Schema {
  const { title, description } = schema;
  return {
    ...schema,
    ...(typeof title === "string" && { title: title.slice(0, LONGEST_TITLE) }),
    ...(typeof description === "string" && { description: description.slice(0, LONGEST_DESCRIPTION) }),
  };
}

function fieldOf(name: string, given: Schema, required: boolean, depth: number, group = false): Field {
  const schema = shortened(given);
  const kind = group ? "group" : kindOf(schema, depth);
  const items = kind === "list" ? asSchema(schema.items) : undefined;
  return {
    name,
    title: typeof schema.title === "string" ? schema.title : name,
    schema,
    kind,
    required,
    choices: kind === "choice" ? choicesOf(schema) : [],
    fields: kind === "group" ? fieldsOf(schema, depth + 1) : [],
    item: items && fieldOf("", items, true, depth + 1),
  };
}

function kindOf(schema: Schema, depth: number): FieldKind {
  if (isLarge(schema.default)) return "json";
  if (choicesOf(schema).length > 0) return "choice";
  switch (typeOf(schema)) {
    case "boolean":
      return "flag";
    case "number":
    case "integer":
      return "number";
    case "string":
      return "text";
    case "object":
      return depth < DEEPEST && Object.keys(asSchema(schema.properties) ?? {}).length > 0 ? "group" : "json";
    case "array":
      return depth < DEEPEST && asSchema(schema.items) !== undefined ? "list" : "json";
    default:
      return "json";
  }
}

/** The first type except null: a form omits a value instead of sending null. */
export function typeOf({ type }: Schema): string | undefined {
  return Array.isArray(type) ? type.find((one) => one !== "null") : (type as string | undefined);
}

/** Choices of an `enum`, or of alternatives that are all constants and may have titles. */
function choicesOf({ enum: values, oneOf, anyOf, ...schema }: Schema): readonly Choice[] {
  // Above the limit, the value is entered as text or JSON, and the device validates it.
  if ([values, oneOf, anyOf].some((all) => Array.isArray(all) && all.length > MAX_CHOICES)) return [];
  if (Array.isArray(values)) return values.map((value) => ({ value, text: textOf(value) }));
  if (Object.hasOwn(schema, "const")) return [{ value: schema.const, text: textOf(schema.const) }];
  const alternatives = [oneOf, anyOf].find(Array.isArray)?.map(asSchema) ?? [];
  if (!alternatives.every((one) => one !== undefined && Object.hasOwn(one, "const"))) return [];
  return alternatives.map((one) => ({
    value: one?.const,
    text: textOf(typeof one?.title === "string" ? one.title : one?.const),
  }));
}

function textOf(value: unknown): string {
  return (typeof value === "string" ? value : (JSON.stringify(value) ?? "")).slice(0, LONGEST_TITLE);
}
