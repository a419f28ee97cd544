import { nearest } from "@fleetlog/runtime";
import type { TSchema } from "typebox";
import type { TLocalizedValidationError } from "typebox/error";
import { memberOf } from "./field.ts";

/**
 * `accepts` is a keyword of Fleetlog: it describes a pattern, or when only null is allowed, in words that fit after
 * "must be".
 */
interface Annotated {
  readonly accepts?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly required?: readonly string[];
  readonly anyOf?: readonly Annotated[];
  readonly minimum?: number;
  readonly maximum?: number;
}

export interface Naming {
  /** Name of the whole value. */
  readonly root: string;
  /** Word for a member. */
  readonly noun: string;
}

export interface Explained {
  readonly field: string;
  readonly message: string;
}

const KINDS: Readonly<Record<string, string>> = {
  string: "text",
  integer: "a whole number",
  number: "a number",
  boolean: "true or false",
  object: "an object",
  array: "a list",
  null: "null",
};

/** @param path a validator's `#/properties/…` */
export function schemaAt(schema: TSchema, path: string): unknown {
  let at: unknown = schema;
  for (const part of path.split("/").slice(1)) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    at = typeof at === "object" && at !== null ? (at as Record<string, unknown>)[key] : undefined;
  }
  return at;
}

/** For a missing or unknown member, `field` is the member. */
export function explain(
  error: TLocalizedValidationError,
  part: unknown,
  field: string,
  { root, noun }: Naming,
): Explained {
  const schema = (part ?? {}) as Annotated;
  const path = field === root ? "" : field;
  const known = [schema, ...(schema.anyOf ?? [])].flatMap(({ properties = {} }) => Object.keys(properties));
  if (error.keyword === "required") {
    const missing = memberOf(path, error.params.requiredProperties[0] ?? "");
    return { field: missing, message: `${missing} is required` };
  }
  if (error.keyword === "additionalProperties") {
    const [unknown = ""] = error.params.additionalProperties;
    const what = `unknown ${noun} ${JSON.stringify(memberOf("", unknown))}${path === "" ? "" : ` in ${path}`}`;
    if (known.length === 0) return { field: memberOf(path, unknown), message: `${what}; none is known here` };
    const meant = nearest(unknown.slice(0, LONGEST_TYPED), known);
    const message =
      meant === undefined
        ? `${what}; known are ${known.join(", ")}`
        : `${what}: did you mean ${meant}? Known are ${known.join(", ")}`;
    return { field: memberOf(path, unknown), message };
  }
  return { field, message: `${field} ${demand(error, schema)}` };
}

/** A longer name is no typing error. */
const LONGEST_TYPED = 64;

function demand(error: TLocalizedValidationError, schema: Annotated): string {
  switch (error.keyword) {
    case "type":
      return `must be ${nullOnly(error.params.type, schema) ?? kindOf({ type: error.params.type }) ?? "something else"}`;
    case "anyOf":
      return `must be ${oneOf((schema.anyOf ?? []).map((form) => kindOf(form) ?? "something else"))}`;
    case "oneOf":
      return `must have exactly one of ${(schema.anyOf ?? []).map(({ required = [] }) => required.join(" and ")).join(", ")}`;
    case "enum":
      return `must be one of ${error.params.allowedValues.map(String).join(", ")}`;
    case "const":
      return `must be ${JSON.stringify(error.params.allowedValue)}`;
    case "pattern":
      return `must be ${schema.accepts ?? "of another form"}`;
    case "format":
      return error.params.format === "date-time"
        ? "must be a moment such as 2026-01-31T12:00:00Z"
        : `must be of the format ${error.params.format}`;
    case "minimum":
    case "maximum":
      return `must be ${range(schema)}`;
    case "exclusiveMinimum":
      return `must be more than ${error.params.limit}`;
    case "minLength":
      return error.params.limit === 1
        ? "must not be empty"
        : `must have at least ${counted(error.params.limit, "character")}`;
    case "maxLength":
      return `must have at most ${counted(error.params.limit, "character")}`;
    case "minItems":
      return error.params.limit === 1
        ? "must not be empty"
        : `must hold at least ${counted(error.params.limit, "item")}`;
    case "maxItems":
      return `must hold at most ${counted(error.params.limit, "item")}`;
    case "uniqueItems":
      return "must not hold the same item twice";
    case "minProperties":
      return `must have at least ${error.params.limit === 1 ? "one" : error.params.limit} of ${Object.keys(schema.properties ?? {}).join(", ")}`;
    default:
      return error.message;
  }
}

function nullOnly(type: Annotated["type"], { accepts }: Annotated): string | undefined {
  return type === "null" ? accepts : undefined;
}

function range({ minimum, maximum }: Annotated): string {
  if (minimum === undefined) return `at most ${maximum}`;
  return maximum === undefined ? `${minimum} or more` : `from ${minimum} to ${maximum}`;
}

function kindOf({ type }: Pick<Annotated, "type">): string | undefined {
  const types = type === undefined ? [] : [type].flat();
  return types.length === 0 ? undefined : oneOf(types.map((one) => KINDS[one] ?? one));
}

function oneOf(words: readonly string[]): string {
  const unique = [...new Set(words)];
  return unique.length < 2 ? unique.join("") : `${unique.slice(0, -1).join(", ")} or ${unique.at(-1)}`;
}

function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
