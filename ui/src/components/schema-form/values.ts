import { changedFault, readJson } from "../text/json-text.ts";
import { listFault, numberFault, textFault } from "./faults.ts";
import { type Field, MAX_ENTRIES } from "./schema.ts";

/** Input of a field: a text as typed, a boolean for a flag, an object for a group, an array for a list. */
export type Typed = string | boolean | readonly Typed[] | { readonly [name: string]: Typed };
/** Names and indices from the root to a field. */
export type Path = readonly (string | number)[];

export type Outcome =
  | { readonly ok: true; readonly params: unknown }
  | { readonly ok: false; readonly faults: Readonly<Record<string, string>> };

export const REQUIRED = "This is required.";

/** A path as text: `schedule.days[0]`. */
export function keyOf(path: Path): string {
  return path.reduce<string>(
    (text, part) => (typeof part === "number" ? `${text}[${part}]` : text === "" ? part : `${text}.${part}`),
    "",
  );
}

/** The initial input of a field: the given value, or the default. */
export function initial(field: Field, given?: unknown): Typed {
  const { kind, schema, fields, item } = field;
  const value = given === undefined ? schema.default : given;
  switch (kind) {
    case "flag":
      return value === true;
    case "group": {
      const inner = isObject(value) ? value : {};
      return Object.fromEntries(fields.map((one) => [one.name, initial(one, inner[one.name])]));
    }
    case "list": {
      const least = field.required ? (schema.minItems ?? 0) : 0;
      const entries = Array.isArray(value) ? value : Array.from({ length: Math.min(least, 8) }, () => undefined);
      return item === undefined ? [] : entries.map((one: unknown) => initial(item, one));
    }
    case "json":
    case "choice":
      return value === undefined ? "" : JSON.stringify(value);
    default:
      return value === undefined || value === null ? "" : String(value);
  }
}

export function canHold({ kind, fields, item, choices }: Field, value: unknown): boolean {
  if (value === undefined) return true;
  switch (kind) {
    case "group":
      return (
        isObject(value) &&
        Object.entries(value).every(([name, one]) => fields.some((field) => field.name === name && canHold(field, one)))
      );
    case "list":
      return (
        Array.isArray(value) &&
        value.length <= MAX_ENTRIES &&
        value.every((one: unknown) => item !== undefined && canHold(item, one))
      );
    case "choice":
      return choices.some((choice) => JSON.stringify(choice.value) === JSON.stringify(value));
    case "flag":
      return typeof value === "boolean";
    case "number":
      return typeof value === "number";
    case "text":
      return typeof value === "string";
    default:
      return true;
  }
}

/** The fields' value, or their errors. Omits empty optional fields. */
export function collect(root: Field, typed: Typed): Outcome {
  const faults: Record<string, string> = {};
  const params = valueFrom(root, typed, [], faults);
  return Object.keys(faults).length === 0 ? { ok: true, params } : { ok: false, faults };
}

const LONGEST_PATTERN = 200;

export async function collectMatching(
  root: Field,
  typed: Typed,
  matches: (value: string, pattern: string) => Promise<boolean>,
): Promise<Outcome> {
  const outcome = collect(root, typed);
  const faults: Record<string, string> = outcome.ok ? {} : { ...outcome.faults };
  for (const { key, value, pattern } of patternsOf(root, typed, [])) {
    if (faults[key] !== undefined || (await matches(value, pattern))) continue;
    faults[key] =
      pattern.length > LONGEST_PATTERN
        ? "This does not have the form that the device expects."
        : `This must match ${pattern}.`;
  }
  return outcome.ok && Object.keys(faults).length === 0 ? outcome : { ok: false, faults };
}

interface Patterned {
  readonly key: string;
  readonly value: string;
  readonly pattern: string;
}

function patternsOf({ kind, schema, fields, item }: Field, typed: Typed | undefined, path: Path): readonly Patterned[] {
  if (kind === "text") {
    const { pattern } = schema;
    return typeof pattern === "string" && typeof typed === "string" && typed !== ""
      ? [{ key: keyOf(path), value: typed, pattern }]
      : [];
  }
  if (kind === "group") {
    const inner = (isObject(typed) ? typed : {}) as { readonly [name: string]: Typed };
    return fields.flatMap((one) => patternsOf(one, inner[one.name], [...path, one.name]));
  }
  if (kind !== "list" || item === undefined || !Array.isArray(typed)) return [];
  return (typed as readonly Typed[]).flatMap((one, index) => patternsOf(item, one, [...path, index]));
}

export function withTyped(typed: Typed | undefined, [first, ...rest]: Path, value: Typed): Typed {
  if (first === undefined) return value;
  if (Array.isArray(typed)) return typed.with(Number(first), withTyped(typed[Number(first)], rest, value));
  const group = (isObject(typed) ? typed : {}) as { readonly [name: string]: Typed };
  return { ...group, [first]: withTyped(group[first], rest, value) };
}

function valueFrom(field: Field, typed: Typed | undefined, path: Path, faults: Record<string, string>): unknown {
  const { kind, schema, required } = field;
  const fail = (fault: string | undefined) => {
    if (fault !== undefined) faults[keyOf(path)] = fault;
  };
  if (kind === "flag") return typed === true;
  if (!required && isBlank(field, typed)) return undefined;
  if (kind === "group") return groupOf(field, typed, path, faults);
  if (kind === "list") {
    const entries = Array.isArray(typed) ? (typed as readonly Typed[]) : [];
    const { item } = field;
    const values = item ? entries.map((one, index) => valueFrom(item, one, [...path, index], faults)) : [];
    fail(listFault(values, schema));
    return values;
  }
  const text = typeof typed === "string" ? typed : "";
  if (text === "") {
    fail(REQUIRED);
    return undefined;
  }
  if (kind === "text") {
    fail(textFault(text, schema));
    return text;
  }
  if (kind === "number") {
    const number = Number(text);
    fail(numberFault(number, schema) ?? changedFault(text));
    return number;
  }
  const { value, fault } = readJson(text);
  fail(fault);
  return value;
}

function groupOf({ fields }: Field, typed: Typed | undefined, path: Path, faults: Record<string, string>): object {
  const inner = (isObject(typed) ? typed : {}) as { readonly [name: string]: Typed };
  const entries = fields.map(
    (one) => [one.name, valueFrom(one, inner[one.name], [...path, one.name], faults)] as const,
  );
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/** An unchecked flag is blank, so that an optional group can be omitted. */
function isBlank({ kind, fields }: Field, typed: Typed | undefined): boolean {
  if (kind === "flag") return typed !== true;
  if (kind === "list") return !Array.isArray(typed) || typed.length === 0;
  if (kind !== "group") return typed === undefined || typed === "";
  const inner = (isObject(typed) ? typed : {}) as { readonly [name: string]: Typed };
  return fields.every((one) => isBlank(one, inner[one.name]));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
