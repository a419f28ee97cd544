/**
 * What the connected nats-server can do. Only this file compares versions of nats-server. The process asks the server
 * once for each connection (`$JS.API.INFO`).
 */
export interface Capabilities {
  /** Such as `2.15.1`. */
  readonly version: string;
  /** Named ephemeral consumers and direct get (2.9), which this package needs. */
  readonly usable: boolean;
  /** Wildcard filters cost nothing, also far from the stream's end (2.10). */
  readonly cheapWildcards: boolean;
  /** Streams can be compressed (2.10). */
  readonly compression: boolean;
  /** One direct get finds the last message of each of several subjects up to a sequence (2.11). */
  readonly multiLast: boolean;
  /**
   * Many messages are stored and synced as one (2.15). Atomic batches exist since 2.12, but until 2.15 the server synced each
   * message of a batch, and was slower with them than without.
   */
  readonly atomicBatches: boolean;
}

/** The oldest version that we work with. */
export const OLDEST = "2.9";

/** @param apiLevel `api.level` of `$JS.API.INFO`; 0 where it is missing, before 2.11 */
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
