import { json } from "../text/compact.ts";

const FIELDS: Readonly<Record<string, string>> = {
  registration: "Registration",
  name: "Name",
  tags: "Tags",
  account: "Account",
  type: "Device type",
  dialect: "Dialect",
  certificates: "Certificates",
  status: "Connection",
  gateway: "Gateway",
  login: "Log-in",
  profile: "Profile",
  "configuration.state": "Configuration",
  "configuration.desired": "Desired configuration",
  "configuration.reported": "Reported configuration",
  update: "Update",
};

/** Name of a field as in `DiffItem.change`: `profile/firmware` is `Profile: firmware`. */
export function fieldText(change: string): string {
  const slash = change.indexOf("/");
  const field = slash < 0 ? change : change.slice(0, slash);
  const name = FIELDS[field] ?? field;
  if (slash < 0) return name;
  // JSON pointer (RFC 6901, 4).
  const keys = change.slice(slash + 1).split("/");
  return `${name}: ${keys.map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~")).join(" › ")}`;
}

const MAX_CHARS = 120;

/** A value before or after a change, in short form. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined) return "none";
  const text = typeof value === "string" && value !== "" ? value : (tooLongText(value) ?? json(value));
  return text.length > MAX_CHARS ? `${text.slice(0, MAX_CHARS)}…` : text;
}

/** Whether {@link valueText} leaves out a part that the answer has. */
export function isCut(value: unknown): boolean {
  const text = typeof value === "string" ? value : json(value);
  return text.length > MAX_CHARS && tooLongText(value) === undefined;
}

function tooLongText(value: unknown): string | undefined {
  const { tooLong } = value as { readonly tooLong?: { readonly characters?: unknown } };
  const { characters } = tooLong ?? {};
  return typeof characters === "number" ? `a value of ${characters.toLocaleString()} characters` : undefined;
}
