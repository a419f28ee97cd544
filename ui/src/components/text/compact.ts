const MAX_CHARS = 200;

/** JSON in short form: `celsius 22.5, humidity 41`. Values may be of any size; only the part shown is read. */
export function compact(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (typeof value !== "object") return cut(String(value));
  if (Array.isArray(value)) return cut(json(value));
  let text = "";
  for (const [name, one] of Object.entries(value)) {
    text += `${text === "" ? "" : ", "}${name.slice(0, MAX_CHARS)} ${typeof one === "object" ? json(one) : String(one).slice(0, MAX_CHARS + 1)}`;
    if (text.length > MAX_CHARS) break;
  }
  return cut(text);
}

export function cut(text: string): string {
  return text.length > MAX_CHARS ? `${text.slice(0, MAX_CHARS)}…` : text;
}

/** The beginning of a value's JSON, at least as long as the part that is shown. */
export function json(value: unknown): string {
  return jsonStart(value, MAX_CHARS + 1);
}

function jsonStart(value: unknown, maxChars: number): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, maxChars)) ?? "";
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "";
  const isArray = Array.isArray(value);
  let text = isArray ? "[" : "{";
  let first = true;
  for (const name of Object.keys(value)) {
    if (text.length > maxChars) return text;
    const one = (value as Readonly<Record<string, unknown>>)[name];
    if (one === undefined) continue;
    if (!first) text += ",";
    first = false;
    if (!isArray) text += `${JSON.stringify(name.slice(0, maxChars))}:`;
    text += jsonStart(one, maxChars - text.length);
  }
  return text + (isArray ? "]" : "}");
}
