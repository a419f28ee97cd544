/** JSON objects that people edit. */
export type Values = Readonly<Record<string, unknown>>;

export function isValues(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `below` with `over` merged into it (RFC 7396): null removes. */
export function merged(below: Values, over: Values): Values {
  const result = new Map(Object.entries(below));
  for (const [key, value] of Object.entries(over)) {
    const before = result.get(key);
    if (value === null) result.delete(key);
    else if (isValues(value)) result.set(key, merged(isValues(before) ? before : {}, value));
    else result.set(key, value);
  }
  return Object.fromEntries(result);
}

/** The smallest `over` with which {@link merged} gives `wanted`. */
export function overrides(below: Values, wanted: Values): Values {
  const own: [string, unknown][] = Object.keys(below)
    .filter((key) => !Object.hasOwn(wanted, key))
    .map((key) => [key, null]);
  for (const [key, value] of Object.entries(wanted)) {
    const before = Object.hasOwn(below, key) ? below[key] : undefined;
    if (isValues(before) && isValues(value)) {
      const inner = overrides(before, value);
      if (Object.keys(inner).length > 0) own.push([key, inner]);
    } else if (!same(before, value)) own.push([key, value]);
  }
  return Object.fromEntries(own);
}

/** `theirs`, but `mine` where `mine` differs from `start`. */
export function combined(start: Values, mine: Values, theirs: Values): Values {
  const keys = [...new Set([...Object.keys(theirs), ...Object.keys(mine)])];
  const result: [string, unknown][] = [];
  for (const key of keys) {
    const [before, my, their] = [start, mine, theirs].map((one) => (Object.hasOwn(one, key) ? one[key] : undefined));
    if (isValues(my) && isValues(their)) result.push([key, combined(isValues(before) ? before : {}, my, their)]);
    else {
      const chosen = same(my, before) ? their : my;
      if (chosen !== undefined) result.push([key, chosen]);
    }
  }
  return Object.fromEntries(result);
}

function same(one: unknown, other: unknown): boolean {
  if (isValues(one) && isValues(other)) {
    const keys = Object.keys(one);
    return keys.length === Object.keys(other).length && keys.every((key) => same(one[key], other[key]));
  }
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}
