/** JSON.stringify writes NaN and infinite numbers as null. @throws TypeError that names the key of such a number */
export function exactJson(value: unknown): string {
  const json = JSON.stringify(value ?? null);
  return json?.includes("null") ? JSON.stringify(value ?? null, refuse) : json;
}

function refuse(key: string, inner: unknown): unknown {
  if (typeof inner !== "number" || Number.isFinite(inner)) return inner;
  throw new TypeError(`${key === "" ? "the value" : key} is ${inner}, which JSON can't express`);
}
