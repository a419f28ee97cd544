import type { Static, TSchema } from "typebox";
import { Compile, type Validator } from "typebox/compile";
import { Settings } from "typebox/system";
import { decisive } from "./decisive.ts";
import { fieldOf } from "./field.ts";
import { explain, schemaAt } from "./words.ts";

export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly field: string; readonly message: string };

export type Check<T> = (value: unknown) => Checked<T>;

/**
 * Errors that the library reports at most, by default 8. The error of a union itself comes after those of all its forms,
 * and must be among them.
 */
const MOST_ERRORS = 32;
Settings.Set({ maxErrors: MOST_ERRORS });

/**
 * A check with errors in words. The schema is compiled at the first call: a process makes hundreds of checks at its start,
 * and calls few.
 * @param root name of the whole value in errors
 * @param noun word for a member in errors
 */
export function checker<S extends TSchema>(schema: S, root = "body", noun = "field"): Check<Static<S>> {
  let made: Validator | undefined;
  return (value) => {
    made ??= Compile(schema);
    const compiled = made;
    if (compiled.Check(value)) return { ok: true, value: value as Static<S> };
    const error = decisive(compiled.Errors(value));
    if (error === undefined) return { ok: false, field: root, message: `${root} is not valid` };
    const within = fieldOf(error.instancePath, root);
    return { ok: false, ...explain(error, schemaAt(schema, error.schemaPath), within, { root, noun }) };
  };
}
