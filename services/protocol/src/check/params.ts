import type { TSchema } from "typebox";
import type { TLocalizedValidationError } from "typebox/error";
import { memberOf } from "./field.ts";
import { type Explained, explain } from "./words.ts";

type Fields = Readonly<Record<string, unknown>>;
type Fault = Explained | undefined;

/**
 * A format of Fleetlog for an address that stays in the history. A backslash is refused, because browsers and Node.js
 * read it as a slash, and so find a password in `http://\/user:password@host`. The pattern is for checkers that do not
 * know the format; {@link paramsFault} checks by the format.
 */
export const URL_WITHOUT_LOGIN = {
  format: "url-without-login",
  pattern: "^https?://[^/?#@\\\\\\s]+(?:[/?#]\\S*)?$",
  accepts: "an HTTP or HTTPS address without user name and password",
} as const;
const isUrlWithoutLogin = new RegExp(URL_WITHOUT_LOGIN.pattern);

/** How many values a check looks at; further values count as valid. */
const STEPS = 20_000;
/** How deep a check goes; deeper values count as valid. */
const DEPTH = 32;
/** Longer lists of members that exclude each other are not checked. */
const MOST_EXCLUSIVE = 20;

/**
 * Missing parameters count as an empty object if the schema allows an object. The schema comes from a device: nothing
 * of it is compiled or run, and the work is bounded.
 */
export function paramsFault(schema: unknown, params: unknown): Fault {
  const root = asFields(schema);
  if (root === undefined) return undefined;
  const type = typesOf(root);
  const value = params ?? (type === undefined || type.includes("object") ? {} : null);
  return new SchemaCheck("parameter", true).fault(root, value, "params", 0);
}

/**
 * Checks a configuration as {@link paramsFault} checks parameters.
 * @param partial whether required members may be missing, as in defaults
 */
export function configurationFault(schema: unknown, values: unknown, { partial = false, root = "values" } = {}): Fault {
  const fields = asFields(schema);
  return fields === undefined ? undefined : new SchemaCheck("value", !partial).fault(fields, values, root, 0);
}

class SchemaCheck {
  readonly #noun: string;
  readonly #complete: boolean;
  #steps = STEPS;

  constructor(noun: string, complete: boolean) {
    this.#noun = noun;
    this.#complete = complete;
  }

  fault(schema: Fields, value: unknown, path: string, depth: number): Fault {
    this.#steps -= 1;
    if (this.#steps < 0 || depth > DEPTH) return undefined;
    return (
      kindFault(schema, value, path) ??
      boundsFault(schema, value, path) ??
      this.#membersFault(schema, value, path, depth) ??
      this.#entriesFault(schema, value, path, depth) ??
      this.#alternativesFault(schema, value, path, depth)
    );
  }

  #membersFault(schema: Fields, value: unknown, path: string, depth: number): Fault {
    const members = asFields(value);
    if (members === undefined) return undefined;
    const properties = asFields(schema.properties) ?? {};
    const required = this.#complete ? strings(schema.required).filter((name) => !Object.hasOwn(members, name)) : [];
    const unknown =
      schema.additionalProperties === false && !Object.hasOwn(schema, "patternProperties")
        ? Object.keys(members).filter((name) => !Object.hasOwn(properties, name))
        : [];
    if (unknown.length > 0)
      return found("additionalProperties", { additionalProperties: unknown }, schema, path, "", this.#noun);
    if (required.length > 0) return found("required", { requiredProperties: required }, schema, path);
    const exclusive = this.#exclusiveFault(schema, members, path);
    if (exclusive !== undefined) return exclusive;
    for (const [name, member] of Object.entries(members)) {
      const declared = Object.hasOwn(properties, name) ? asFields(properties[name]) : undefined;
      const fault = declared && this.fault(declared, member, memberOf(path, name), depth + 1);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  /** An incomplete value may have none of the members. */
  #exclusiveFault({ oneOf }: Fields, members: Fields, path: string): Fault {
    const names = exclusiveIn(oneOf);
    const [first, second] = names.filter((name) => Object.hasOwn(members, name)).map((name) => memberOf(path, name));
    if (first !== undefined && second !== undefined)
      return { field: second, message: `${second} is not allowed with ${first}` };
    if (first !== undefined || names.length === 0 || !this.#complete) return undefined;
    const all = names.map((name) => memberOf(path, name));
    return { field: all[0] as string, message: `${all.join(" or ")} is required` };
  }

  #entriesFault(schema: Fields, value: unknown, path: string, depth: number): Fault {
    const items = asFields(schema.items);
    if (!Array.isArray(value) || items === undefined) return undefined;
    for (const [index, entry] of value.entries()) {
      if (this.#steps < 0) return undefined;
      const fault = this.fault(items, entry, `${path}[${index}]`, depth + 1);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  /** If all alternatives are constants, the fault lists them. Otherwise it is the fault of the first alternative. */
  #alternativesFault(schema: Fields, value: unknown, path: string, depth: number): Fault {
    for (const forms of [schema.anyOf, schema.oneOf]) {
      const alternatives = Array.isArray(forms) ? forms.map(asFields) : [];
      if (alternatives.length === 0 || alternatives.includes(undefined)) continue;
      const faults = alternatives.map((one) => this.fault(one as Fields, value, path, depth + 1));
      const constants = alternatives.map((one) => one?.const);
      if (faults.includes(undefined)) continue;
      if (!constants.includes(undefined)) return found("enum", { allowedValues: constants.map(shown) }, schema, path);
      return faults[0];
    }
    return undefined;
  }
}

/** Members of which exactly one is allowed: a `oneOf` whose forms only require a member each. */
function exclusiveIn(forms: unknown): readonly string[] {
  const each = Array.isArray(forms) && forms.length <= MOST_EXCLUSIVE ? forms.map(onlyRequired) : [];
  return each.every((name) => name !== undefined) ? each : [];
}

function onlyRequired(form: unknown): string | undefined {
  const fields = asFields(form);
  const [name, ...others] = strings(fields?.required);
  return others.length === 0 && Object.keys(fields ?? {}).length === 1 ? name : undefined;
}

function kindFault(schema: Fields, value: unknown, path: string): Fault {
  const types = typesOf(schema);
  if (types !== undefined && !types.some((type) => isOf(type, value)))
    return found("type", { type: types }, schema, path);
  const { enum: values } = schema;
  if (Array.isArray(values) && !values.slice(0, STEPS).some((one) => equal(one, value)))
    return found("enum", { allowedValues: values.slice(0, 20).map(shown) }, schema, path);
  if (Object.hasOwn(schema, "const") && !equal(schema.const, value))
    return found("const", { allowedValue: schema.const }, schema, path);
  return undefined;
}

function boundsFault(schema: Fields, value: unknown, path: string): Fault {
  const bound = (keyword: string) => numberOf(schema[keyword]);
  const over = (most: number | undefined, size: number) => most !== undefined && size > most;
  const under = (least: number | undefined, size: number) => least !== undefined && size < least;
  if (typeof value === "number") {
    if (under(bound("minimum"), value)) return found("minimum", {}, numeric(schema), path);
    if (over(bound("maximum"), value)) return found("maximum", {}, numeric(schema), path);
    const [above, below, step] = [bound("exclusiveMinimum"), bound("exclusiveMaximum"), bound("multipleOf")];
    if (above !== undefined && value <= above) return found("", {}, schema, path, `must be more than ${above}`);
    if (below !== undefined && value >= below) return found("", {}, schema, path, `must be less than ${below}`);
    if (step !== undefined && step > 0 && !isMultiple(value, step))
      return found("", {}, schema, path, `must be a multiple of ${step}`);
  }
  if (typeof value === "string") {
    const length = [...value].length;
    if (under(bound("minLength"), length)) return found("minLength", { limit: bound("minLength") }, schema, path);
    if (over(bound("maxLength"), length)) return found("maxLength", { limit: bound("maxLength") }, schema, path);
    if (schema.format === URL_WITHOUT_LOGIN.format && !isUrlWithoutLogin.test(value))
      return found("pattern", {}, URL_WITHOUT_LOGIN, path);
  }
  if (Array.isArray(value)) {
    if (under(bound("minItems"), value.length)) return found("minItems", { limit: bound("minItems") }, schema, path);
    if (over(bound("maxItems"), value.length)) return found("maxItems", { limit: bound("maxItems") }, schema, path);
  }
  return undefined;
}

function numeric({ minimum, maximum }: Fields): Fields {
  const [least, most] = [numberOf(minimum), numberOf(maximum)];
  return { ...(least !== undefined && { minimum: least }), ...(most !== undefined && { maximum: most }) };
}

function found(
  keyword: string,
  params: object,
  schema: Fields,
  path: string,
  message = "",
  noun = "parameter",
): Explained {
  const error = { keyword, params, message } as unknown as TLocalizedValidationError;
  return explain(error, schema as TSchema, path, { root: "", noun });
}

const TYPES = ["object", "array", "string", "number", "integer", "boolean", "null"];

/** Undefined without a type, or with an unknown type. */
function typesOf({ type }: Fields): readonly string[] | undefined {
  const types = [type].flat();
  return types.length > 0 && types.every((one) => TYPES.includes(one as string)) ? (types as string[]) : undefined;
}

function isOf(type: string, value: unknown): boolean {
  switch (type) {
    case "integer":
      return Number.isInteger(value);
    case "array":
      return Array.isArray(value);
    case "null":
      return value === null;
    case "object":
      return asFields(value) !== undefined;
    default:
      return typeof value === type;
  }
}

function asFields(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

/** Has a tolerance for rounding errors, so that 0.3 is a multiple of 0.1. */
function isMultiple(value: number, step: number): boolean {
  const times = value / step;
  return Math.abs(times - Math.round(times)) < 1e-9 * Math.max(1, Math.abs(times));
}

/** Objects with the same members in another order are different. */
function equal(one: unknown, other: unknown): boolean {
  return one === other || (typeof one === "object" && JSON.stringify(one) === JSON.stringify(other));
}

function shown(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
