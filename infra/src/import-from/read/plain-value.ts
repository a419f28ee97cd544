/** Members that name a type in MongoDB's extended JSON, and have a plain value. */
const WRAPPERS = ["$oid", "$numberInt", "$numberLong", "$numberDouble", "$numberDecimal", "$date", "$symbol"];
const NUMBERS = new Set(["$numberInt", "$numberLong", "$numberDouble"]);

/** Extended JSON without the names of types: `{"$numberInt":"5"}` becomes 5. */
export function plainValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainValue);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  const [first] = entries;
  if (entries.length === 1 && first !== undefined && WRAPPERS.includes(first[0])) {
    const inner = plainValue(first[1]);
    return NUMBERS.has(first[0]) ? numberIn(inner) : inner;
  }
  return Object.fromEntries(entries.map(([name, inner]) => [name, plainValue(inner)]));
}

/** An integer that is no safe one stays a text with its digits. */
function numberIn(inner: unknown): unknown {
  const value = Number(inner);
  return typeof inner === "string" && Number.isInteger(value) && !Number.isSafeInteger(value) ? inner : value;
}
