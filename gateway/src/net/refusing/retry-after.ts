const MIN_MS = 1_000;
const SPREAD_MS = 9_000;

/** A random time, so that a fleet does not reconnect all at once. */
export function retryAfterMs(): number {
  return MIN_MS + Math.floor(Math.random() * SPREAD_MS);
}

export function seconds(milliseconds: number): number {
  return Math.ceil(milliseconds / 1_000);
}
