import { isMet, judged, type Result } from "./measure.ts";

const number = new Intl.NumberFormat("en", { maximumSignificantDigits: 4 });

export function lineOf(result: Result): string {
  const { name, value, unit, reference, goal } = result;
  const parts = [`${name}: ${number.format(value)} ${unit}`];
  if (reference !== undefined) {
    parts.push(`${reference.name}: ${number.format(reference.value)} ${unit}`, `ratio ${judged(result).toFixed(2)}`);
  }
  if (goal !== undefined) {
    const wanted = goal.atLeast === undefined ? `at most ${goal.atMost}` : `at least ${goal.atLeast}`;
    parts.push(`${isMet(result) ? "reached" : "NOT REACHED"} (${wanted})`);
  }
  return parts.join(" | ");
}
