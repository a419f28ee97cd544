const LEAST_MS = 1_000;
const SPREAD_MS = 9_000;

/** When a device that can't be served now should come back; random, so that a fleet does not come back all at once. */
export function retryAfterMs(): number {
  return LEAST_MS + Math.floor(Math.random() * SPREAD_MS);
}

export function seconds(milliseconds: number): number {
  return Math.ceil(milliseconds / 1_000);
}
