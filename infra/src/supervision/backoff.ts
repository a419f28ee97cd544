/** How long to wait before each new start. */
export interface Backoff {
  readonly firstMs: number;
  readonly mostMs: number;
  /** After running for this long, a process counts as healthy: its next restart waits `firstMs` again. */
  readonly soundAfterMs: number;
}

export const usualBackoff: Backoff = { firstMs: 500, mostMs: 30_000, soundAfterMs: 60_000 };

/** Doubles with every failure in a row: 1 waits `firstMs`. */
export function waitBefore(failures: number, { firstMs, mostMs }: Backoff): number {
  return Math.min(mostMs, firstMs * 2 ** Math.min(30, failures - 1));
}
