import { createHash } from "node:crypto";
import { type JsonObject, pointerPart } from "@fleetlog/domain";

/** Characters of JSON. A longer value is stored as its length and hash. */
const LONGEST = 1_024;

/**
 * Maximum number of values in an object, since devices choose how many there are. An object with more is compared as a
 * whole.
 */
const MOST_VALUES = 64;

/** A value's JSON; `null` for a missing value. */
export function jsonOf(value: unknown): string {
  const json = JSON.stringify(value ?? null);
  if (json.length <= LONGEST) return json;
  return JSON.stringify({
    tooLong: { characters: json.length, sha256: createHash("sha256").update(json).digest("hex") },
  });
}

/**
 * The values in an object by their JSON pointers (RFC 6901). Arrays and empty objects are values.
 *
 * If they are more than {@link MOST_VALUES}, the result is the whole object, under the pointer "".
 */
export function valuesIn(object: JsonObject | undefined): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  if (object === undefined) return values;
  return collect(object, "", values) ? values : new Map([["", jsonOf(object)]]);
}

/** @returns false if there are too many values */
function collect(object: JsonObject, below: string, values: Map<string, string>): boolean {
  for (const [key, value] of Object.entries(object)) {
    const pointer = `${below}/${pointerPart(key)}`;
    if (typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length > 0) {
      if (!collect(value as JsonObject, pointer, values)) return false;
    } else {
      if (values.size >= MOST_VALUES) return false;
      values.set(pointer, jsonOf(value));
    }
  }
  return true;
}
