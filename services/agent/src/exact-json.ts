/**
 * As JSON.stringify, which writes null for NaN and infinite numbers.
 * @throws TypeError that names the first such number
 */
export function exactJson(value: unknown): string {
  const json = JSON.stringify(value ?? null);
  // The check of every value costs several times as much, and is needed only where null was written.
  return json?.includes("null") ? JSON.stringify(value ?? null, refuse) : json;
}

function refuse(key: string, inner: unknown): unknown {
  if (typeof inner !== "number" || Number.isFinite(inner)) return inner;
  throw new TypeError(`${key === "" ? "the value" : key} is ${inner}, which JSON can't express`);
}
