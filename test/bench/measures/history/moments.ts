/** Number of random moments for each kind of answer. */
export const MOMENTS = 20;

/** Milliseconds that an answer may take at the 95th percentile, for a history of this many events. */
export function mostMs(events: number): number {
  return events <= 10_000_000 ? 500 : 3_000;
}

export function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil(part * sorted.length) - 1] ?? Number.NaN;
}
