import type { Field } from "./schema.ts";

/** What a form's fields hold: text as typed, flags as booleans. */
export type Typed = Readonly<Record<string, string | boolean>>;

export type Outcome =
  | { readonly ok: true; readonly params: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly faults: Readonly<Record<string, string>> };

/** What fields hold before anybody typed: defaults, or what was sent before. */
export function initial(fields: readonly Field[], given: Readonly<Record<string, unknown>> = {}): Typed {
  return Object.fromEntries(
    fields.map(({ name, kind, schema }) => {
      const value = given[name] ?? schema.default;
      if (kind === "flag") return [name, value === true];
      if (value === undefined) return [name, ""];
      return [name, kind === "json" || kind === "choice" ? JSON.stringify(value) : String(value)];
    }),
  );
}

/** The parameters that the fields make, or what is wrong with each. */
export function collect(fields: readonly Field[], typed: Typed): Outcome {
  const params: Record<string, unknown> = {};
  const faults: Record<string, string> = {};
  for (const field of fields) {
    const text = typed[field.name] ?? "";
    if (text === "") {
      if (field.required) faults[field.name] = "This is needed.";
      continue;
    }
    const [value, fault] = parse(field, text);
    if (fault === undefined) params[field.name] = value;
    else faults[field.name] = fault;
  }
  return Object.keys(faults).length === 0 ? { ok: true, params } : { ok: false, faults };
}

function parse({ kind, schema }: Field, text: string | boolean): [value: unknown, fault?: string] {
  if (typeof text === "boolean") return [text];
  switch (kind) {
    case "number":
      return number(Number(text), schema);
    case "text":
      return string(text, schema);
    default:
      try {
        return [JSON.parse(text)];
      } catch {
        return [undefined, "This is not valid JSON."];
      }
  }
}

function number(value: number, { type, minimum, maximum }: Field["schema"]): [number, string?] {
  if (!Number.isFinite(value)) return [value, "This is not a number."];
  if (type === "integer" && !Number.isInteger(value)) return [value, "This must be a whole number."];
  if (minimum !== undefined && value < minimum) return [value, `At least ${minimum}.`];
  if (maximum !== undefined && value > maximum) return [value, `At most ${maximum}.`];
  return [value];
}

function string(value: string, { minLength, maxLength, pattern }: Field["schema"]): [string, string?] {
  if (minLength !== undefined && value.length < minLength) return [value, `At least ${minLength} characters.`];
  if (maxLength !== undefined && value.length > maxLength) return [value, `At most ${maxLength} characters.`];
  if (pattern !== undefined && !matches(value, pattern)) return [value, `This must match ${pattern}.`];
  return [value];
}

function matches(value: string, pattern: string): boolean {
  try {
    return new RegExp(pattern, "u").test(value);
  } catch {
    // A pattern that this browser can't read is the device's to judge.
    return true;
  }
}
