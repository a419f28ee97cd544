/** Numbers that JSON does not have become text: `NaN`, `Infinity`, `-Infinity`. */
export function numberValue(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

/** The value as a number, or as text if a number would lose digits. */
export function longValue(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}

/** Significant digits that distinguish all 32-bit floats. */
const FLOAT_DIGITS = 9;

/** The shortest number that is the same float: 0.1 instead of 0.10000000149011612. */
export function floatValue(value: number): number | string {
  if (!Number.isFinite(value)) return String(value);
  for (let digits = 6; digits < FLOAT_DIGITS; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return Number(value.toPrecision(FLOAT_DIGITS));
}
