/** The text of a field; numbers and booleans are taken as text. Undefined: absent or empty. */
export function textIn(fields: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = fields[name];
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Tags in one cell, separated by spaces, commas or semicolons. */
export function tagsIn(fields: Readonly<Record<string, unknown>>): string[] {
  const tags = (textIn(fields, "tags") ?? "").split(/[\s,;]+/);
  return [...new Set(tags.filter((tag) => tag !== ""))];
}
