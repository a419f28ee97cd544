const LONGEST = 200;

/** JSON in short form: `celsius 22.5, humidity 41`. */
export function compact(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (typeof value !== "object") return cut(String(value));
  return cut(
    Array.isArray(value)
      ? JSON.stringify(value)
      : Object.entries(value)
          .map(([name, one]) => `${name} ${typeof one === "object" ? JSON.stringify(one) : one}`)
          .join(", "),
  );
}

/** The beginning of a text, of one or two lines. */
export function cut(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
