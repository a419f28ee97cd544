import { type FleetError, invalid } from "@fleetlog/domain";
import type { TSchema } from "typebox";

type Given = Readonly<Record<string, string | readonly string[]>>;
type Read = (text: string) => unknown;

/** Text that is not as it should be stays text, for the check to say so. */
const READ: Readonly<Record<string, Read>> = {
  integer: (text) => (/^-?\d{1,15}$/.test(text) ? Number(text) : text),
  number: (text) => (/^-?\d{1,15}(?:\.\d{1,15})?$/.test(text) ? Number(text) : text),
  boolean: (text) => (text === "true" ? true : text === "false" ? false : text),
};

/**
 * Reads a query as its schema asks: numbers whole and plain, lists with commas between (`?state=issued,delivered`) or
 * each with the name again; nothing else twice.
 */
export function queryReader(schema: TSchema): (given: unknown) => { readonly value: unknown } | FleetError {
  const { properties = {} } = schema as { properties?: Readonly<Record<string, { readonly type?: string }>> };
  return (given) => {
    const value: Record<string, unknown> = {};
    for (const [name, texts] of Object.entries(given as Given)) {
      const type = properties[name]?.type ?? "string";
      const all = [texts].flat();
      if (type === "array") value[name] = all.flatMap((text) => (text === "" ? [] : text.split(",")));
      else if (all.length > 1) return invalid(name, `${name} is given more than once`);
      else value[name] = (READ[type] ?? String)(all[0] ?? "");
    }
    return { value };
  };
}

/** @throws FleetError `invalid-request` that names the parameter with an escape that is none */
export function checkEscapes(url: string): void {
  const query = url.split("?", 2)[1];
  if (query?.includes("%") !== true) return;
  for (const part of query.split("&")) {
    try {
      decodeURIComponent(part);
    } catch {
      const name = (part.split("=", 1)[0] ?? "").slice(0, 128);
      throw invalid(name, `${name} holds a % that begins no escape of UTF-8; a % itself is %25`);
    }
  }
}
