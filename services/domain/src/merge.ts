import { type JsonObject, sameJson } from "./json.ts";

export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged = new Map(isObject(target) ? Object.entries(target) : []);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key);
    else merged.set(key, mergePatch(merged.get(key), value));
  }
  // A key may be `__proto__`.
  return Object.fromEntries(merged);
}

/** The merge patch from `from` to `to`; undefined if they are equal. */
export function patchBetween(from: JsonObject, to: JsonObject): JsonObject | undefined {
  const patch: [string, unknown][] = [];
  for (const key of Object.keys(from)) if (!Object.hasOwn(to, key)) patch.push([key, null]);
  for (const [key, value] of Object.entries(to)) {
    const before = Object.hasOwn(from, key) ? from[key] : undefined;
    if (isObject(before) && isObject(value)) {
      const inner = patchBetween(before, value);
      if (inner !== undefined) patch.push([key, inner]);
    } else if (before === undefined || !sameJson(before, value)) patch.push([key, value]);
  }
  return patch.length === 0 ? undefined : Object.fromEntries(patch);
}

export interface Difference {
  /** JSON pointer (RFC 6901). */
  readonly path: string;
  readonly left?: unknown;
  readonly right?: unknown;
}

/** Objects that both sides have are compared field by field, other values as a whole. */
export function differencesOf(left: JsonObject, right: JsonObject, below = ""): readonly Difference[] {
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...keys].sort().flatMap((key) => {
    const path = `${below}/${pointerPart(key)}`;
    const has = { left: Object.hasOwn(left, key), right: Object.hasOwn(right, key) };
    const [one, other] = [left[key], right[key]];
    if (has.left && has.right) {
      if (isObject(one) && isObject(other)) return differencesOf(one, other, path);
      return sameJson(one, other) ? [] : [{ path, left: one, right: other }];
    }
    return has.left ? [{ path, left: one }] : [{ path, right: other }];
  });
}

export function pointerPart(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
