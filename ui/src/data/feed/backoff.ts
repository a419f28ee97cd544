const FIRST_MS = 500;
const LONGEST_MS = 15_000;

/**
 * Full jitter: anything between nothing and a bound that doubles, so that browsers which lost one gateway together do
 * not come back together.
 * @param attempt counts from 0
 * @returns milliseconds
 */
export function retryDelay(attempt: number, random: () => number = Math.random): number {
  return Math.round(random() * Math.min(LONGEST_MS, FIRST_MS * 2 ** attempt));
}
