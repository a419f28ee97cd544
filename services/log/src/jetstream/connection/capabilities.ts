/** What the connected nats-server can do. Only this file compares versions of nats-server. */
export interface Capabilities {
  readonly version: string;
  /** Whether the server has named ephemeral consumers and direct get (2.9), which this package needs. */
  readonly usable: boolean;
  /** Whether wildcard filters are cheap everywhere in the stream (2.10), and not only near its end. */
  readonly cheapWildcards: boolean;
  /** Whether streams can be compressed (2.10). */
  readonly compression: boolean;
  /** Whether one direct get finds the last messages of several subjects up to a sequence (2.11). */
  readonly multiLast: boolean;
  /**
   * Whether a batch is stored with one sync (2.15). 2.12 to 2.14 sync each message of a batch, which is slower than
   * plain publishes.
   */
  readonly atomicBatches: boolean;
}

export const OLDEST = "2.9";

export function capabilitiesOf(version: string, apiLevel: number): Capabilities {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const has = (point: number): boolean => major > 2 || (major === 2 && minor >= point);
  return {
    version,
    usable: has(9),
    cheapWildcards: has(10),
    compression: has(10),
    multiLast: has(11) && apiLevel >= 1,
    atomicBatches: has(15) && apiLevel >= 2,
  };
}
