import { type FleetError, invalid } from "@fleetlog/domain";
import type { TSchema } from "typebox";

type RawQuery = Readonly<Record<string, string | readonly string[]>>;
type Read = (text: string) => unknown;

/** Conversions by type. Other text is not converted, so that the schema check refuses it. */
const READ: Readonly<Record<string, Read>> = {
  integer: (text) => (/^-?\d{1,15}$/.test(text) ? Number(text) : text),
  number: (text) => (/^-?\d{1,15}(?:\.\d{1,15})?$/.test(text) ? Number(text) : text),
  boolean: (text) => (text === "true" ? true : text === "false" ? false : text),
};

/** A list has commas (`?state=issued,delivered`) or repeated parameters. */
export function queryReader(schema: TSchema): (given: unknown) => { readonly value: unknown } | FleetError {
  const { properties = {} } = schema as { properties?: Readonly<Record<string, { readonly type?: string }>> };
  return (given) => {
    const value: Record<string, unknown> = {};
    for (const [name, texts] of Object.entries(given as RawQuery)) {
      const type = properties[name]?.type ?? "string";
      const all = [texts].flat();
      if (type === "array") value[name] = all.flatMap((text) => (text === "" ? [] : text.split(",")));
      else if (all.length > 1) return invalid(name, `${name} is given more than once`);
      else value[name] = (READ[type] ?? String)(all[0] ?? "");
    }
    return { value };
  };
}

/** @throws FleetError `invalid-request` with the parameter that has an invalid percent escape */
export function checkEscapes(url: string): void {
  const query = url.split("?", 2)[1];
  if (query?.includes("%") !== true) return;
  for (const part of query.split("&")) {
    try {
      decodeURIComponent(part);
    } catch {
      const name = (part.split("=", 1)[0] ?? "").slice(0, 128);
      throw invalid(
        name,
        `${name} has an invalid percent escape; percent escapes must be UTF-8, and a literal % is written %25`,
      );
    }
  }
}
