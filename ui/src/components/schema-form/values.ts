import { listFault, numberFault, textFault } from "./faults.ts";
import type { Field } from "./schema.ts";

/** What a field holds: text as typed, flags as booleans, groups by name, lists in order. */
export type Typed = string | boolean | readonly Typed[] | { readonly [name: string]: Typed };
/** Names and indices from the root to a field. */
export type Path = readonly (string | number)[];

export type Outcome =
  | { readonly ok: true; readonly params: unknown }
  /** By {@link keyOf} of the field. */
  | { readonly ok: false; readonly faults: Readonly<Record<string, string>> };

export const NEEDED = "This is needed.";

/** A path as people write it: `schedule.days[0]`. */
export function keyOf(path: Path): string {
  return path.reduce<string>(
    (text, part) => (typeof part === "number" ? `${text}[${part}]` : text === "" ? part : `${text}.${part}`),
    "",
  );
}

/** What a field holds before anybody typed: its default, or what was sent before. */
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

/** Whether a form of the fields can hold a value without losing anything of it. */
export function holds({ kind, fields, item, choices }: Field, value: unknown): boolean {
  if (value === undefined) return true;
  switch (kind) {
    case "group":
      return (
        isObject(value) &&
        Object.entries(value).every(([name, one]) => fields.some((field) => field.name === name && holds(field, one)))
      );
    case "list":
      return Array.isArray(value) && value.every((one: unknown) => item !== undefined && holds(item, one));
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

/** What the fields make, or what is wrong with each. What is empty and not needed is left out. */
export function collect(root: Field, typed: Typed): Outcome {
  const faults: Record<string, string> = {};
  const params = made(root, typed, [], faults);
  return Object.keys(faults).length === 0 ? { ok: true, params } : { ok: false, faults };
}

/** With another value in one place. */
export function withTyped(typed: Typed | undefined, [first, ...rest]: Path, value: Typed): Typed {
  if (first === undefined) return value;
  if (Array.isArray(typed)) return typed.with(Number(first), withTyped(typed[Number(first)], rest, value));
  const group = (isObject(typed) ? typed : {}) as { readonly [name: string]: Typed };
  return { ...group, [first]: withTyped(group[first], rest, value) };
}

function made(field: Field, typed: Typed | undefined, path: Path, faults: Record<string, string>): unknown {
  const { kind, schema, required } = field;
  const blame = (fault: string | undefined) => {
    if (fault !== undefined) faults[keyOf(path)] = fault;
  };
  if (kind === "flag") return typed === true;
  if (!required && isBlank(field, typed)) return undefined;
  if (kind === "group") return groupOf(field, typed, path, faults);
  if (kind === "list") {
    const entries = Array.isArray(typed) ? (typed as readonly Typed[]) : [];
    const { item } = field;
    const values = item ? entries.map((one, index) => made(item, one, [...path, index], faults)) : [];
    blame(listFault(values, schema));
    return values;
  }
  const text = typeof typed === "string" ? typed : "";
  if (text === "") {
    blame(NEEDED);
    return undefined;
  }
  if (kind === "text") {
    blame(textFault(text, schema));
    return text;
  }
  if (kind === "number") {
    const number = Number(text);
    blame(numberFault(number, schema));
    return number;
  }
  try {
    return JSON.parse(text);
  } catch {
    blame("This is not valid JSON.");
    return undefined;
  }
}

function groupOf({ fields }: Field, typed: Typed | undefined, path: Path, faults: Record<string, string>): object {
  const inner = (isObject(typed) ? typed : {}) as { readonly [name: string]: Typed };
  const entries = fields.map((one) => [one.name, made(one, inner[one.name], [...path, one.name], faults)] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/** Whether nothing was put into it: an unchecked flag is nothing to a group that may be left out. */
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
