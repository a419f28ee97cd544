/**
 * Like JSON.stringify, but throws for NaN and infinite numbers, which JSON.stringify writes as null.
 * @throws TypeError that names the key of the first such number
 */
export function exactJson(value: unknown): string {
  const json = JSON.stringify(value ?? null);
  // Checking every value makes this several times slower, and is needed only if a null was written.
  return json?.includes("null") ? JSON.stringify(value ?? null, refuse) : json;
}

function refuse(key: string, inner: unknown): unknown {
  if (typeof inner !== "number" || Number.isFinite(inner)) return inner;
  throw new TypeError(`${key === "" ? "the value" : key} is ${inner}, which JSON can't express`);
}
