import { invalid } from "@fleetlog/domain";

const MAX_FIELDS = 64;

/** The fields of an `application/x-www-form-urlencoded` body. @throws FleetError `invalid-request` */
export function readForm(text: string): Readonly<Record<string, string>> {
  const parts = text.split("&").filter((part) => part !== "");
  if (parts.length > MAX_FIELDS) throw invalid("body", `the form has more than ${MAX_FIELDS} fields`);
  const fields = new Map<string, string>();
  for (const part of parts) {
    const end = part.indexOf("=");
    const name = decoded(end < 0 ? part : part.slice(0, end));
    if (fields.has(name)) throw invalid("body", "the form has a field twice");
    fields.set(name, end < 0 ? "" : decoded(part.slice(end + 1)));
  }
  return Object.fromEntries(fields);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    throw invalid("body", "the form has an invalid percent escape; percent escapes must be UTF-8");
  }
}
