import type { Static, TSchema } from "typebox";
import { Compile } from "typebox/compile";

export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly field: string; readonly message: string };

export type Check<T> = (value: unknown) => Checked<T>;

/**
 * A schema as a check that says which field is wrong and why: `data`, `items[2].seq`. Compiled once; `root` names the
 * value as a whole.
 */
export function checker<S extends TSchema>(schema: S, root = "body"): Check<Static<S>> {
  const compiled = Compile(schema);
  return (value) => {
    if (compiled.Check(value)) return { ok: true, value: value as Static<S> };
    const [first] = compiled.Errors(value);
    const field = first === undefined ? root : fieldOf(first.instancePath, first, root);
    return { ok: false, field, message: `${field} ${first?.message ?? "is not valid"}` };
  };
}

interface ErrorLike {
  readonly keyword: string;
  readonly params: object;
}

/** JSON pointer (RFC 6901) to the path that people write; a missing property is named itself, not its parent. */
function fieldOf(pointer: string, error: ErrorLike, root: string): string {
  let path = "";
  for (const part of pointer.split("/").slice(1)) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    path += /^\d+$/.test(key) ? `[${key}]` : path === "" ? key : `.${key}`;
  }
  const params = error.params as { requiredProperties?: string[]; additionalProperties?: string[] };
  const property = params.requiredProperties?.[0] ?? params.additionalProperties?.[0];
  if (property !== undefined) path = path === "" ? property : `${path}.${property}`;
  return path === "" ? root : path;
}
