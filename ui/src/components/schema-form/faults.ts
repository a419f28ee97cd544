import { counted } from "../text/numbers.ts";
import { type Schema, typeOf } from "./schema.ts";

/** Error text for a number; undefined for a valid number. */
export function numberFault(value: number, schema: Schema): string | undefined {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  if (!Number.isFinite(value)) return "This is not a number.";
  if (typeOf(schema) === "integer" && !Number.isInteger(value)) return "This must be a whole number.";
  if (minimum !== undefined && value < minimum) return `At least ${minimum}.`;
  if (maximum !== undefined && value > maximum) return `At most ${maximum}.`;
  if (exclusiveMinimum !== undefined && value <= exclusiveMinimum) return `More than ${exclusiveMinimum}.`;
  if (exclusiveMaximum !== undefined && value >= exclusiveMaximum) return `Less than ${exclusiveMaximum}.`;
  if (multipleOf !== undefined && multipleOf > 0 && !isMultiple(value, multipleOf))
    return `This must be a multiple of ${multipleOf}.`;
  return undefined;
}

/** Error text for a text, apart from its pattern; undefined for a valid text. */
export function textFault(value: string, { minLength, maxLength, format }: Schema): string | undefined {
  if (minLength !== undefined && value.length < minLength) return `At least ${counted(minLength, "character")}.`;
  if (maxLength !== undefined && value.length > maxLength) return `At most ${counted(maxLength, "character")}.`;
  if (format === "date-time" && Number.isNaN(Date.parse(value)))
    return "This must be a date and time: 2026-01-31T12:00:00Z.";
  return undefined;
}

export function listFault(values: readonly unknown[], { minItems, maxItems, uniqueItems }: Schema): string | undefined {
  if (minItems !== undefined && values.length < minItems) return `At least ${counted(minItems, "entry", "entries")}.`;
  if (maxItems !== undefined && values.length > maxItems) return `At most ${counted(maxItems, "entry", "entries")}.`;
  const given = values.flatMap((one) => (one === undefined ? [] : JSON.stringify(one)));
  if (uniqueItems === true && new Set(given).size < given.length) return "Each entry only once.";
  return undefined;
}

/** A hint with the allowed range or length. */
export function rangeOf(schema: Schema): string {
  const type = typeOf(schema);
  if (type === "number" || type === "integer") return numbers(schema);
  if (type === "string") return lengths(schema.minLength, schema.maxLength, "character");
  return type === "array" ? lengths(schema.minItems, schema.maxItems, "entry", "entries") : "";
}

function numbers({ minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf }: Schema): string {
  const both = minimum !== undefined && maximum !== undefined;
  const bounds = [
    both ? `${minimum} to ${maximum}` : "",
    !both && minimum !== undefined ? `${minimum} or more` : "",
    !both && maximum !== undefined ? `${maximum} or less` : "",
    exclusiveMinimum === undefined ? "" : `more than ${exclusiveMinimum}`,
    exclusiveMaximum === undefined ? "" : `less than ${exclusiveMaximum}`,
    multipleOf === undefined || multipleOf === 1 ? "" : `in steps of ${multipleOf}`,
  ];
  return capital(bounds.filter(Boolean).join(", "));
}

function lengths(least: number | undefined, most: number | undefined, one: string, many?: string): string {
  const [from, to] = [least || undefined, most];
  if (from !== undefined && to !== undefined)
    return from === to ? counted(to, one, many) : `${from} to ${counted(to, one, many)}`;
  if (from !== undefined) return `At least ${counted(from, one, many)}`;
  return to === undefined ? "" : `At most ${counted(to, one, many)}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Whether a value is a multiple of another one, with a tolerance, so that 0.3 is a multiple of 0.1. */
function isMultiple(value: number, of: number): boolean {
  const times = value / of;
  return Math.abs(times - Math.round(times)) < 1e-9;
}
