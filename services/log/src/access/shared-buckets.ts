import type { BucketOptions } from "../buckets.ts";

const MIB = 1024 ** 2;
const DAY_MS = 86_400_000;

/**
 * The buckets that other processes than gateways use, besides `installation` and `leases`, which a gateway opens first
 * of all. Gateways make these buckets at their start. The other processes may not: whoever may create a stream can have
 * nats-server store its entries in other streams.
 */
export const SHARED_BUCKETS = {
  /** About 250 bytes for each subject. */
  "subject-keys": { maxBytes: 256 * MIB },
  people: { maxBytes: 256 * MIB },
  "people-codes": { maxBytes: 64 * MIB, ttlMs: DAY_MS },
  "api-keys": { maxBytes: 64 * MIB },
  channels: { maxBytes: 64 * MIB },
  /** Messages are kept for longer than a delivery waits. */
  deliveries: { maxBytes: 256 * MIB, ttlMs: 3 * DAY_MS },
  catalogues: { maxBytes: 16 * MIB },
  /** Answers are kept for longer than a scan takes. */
  "catalogue-answers": { maxBytes: 64 * MIB, ttlMs: DAY_MS },
  /** The progress of all reactions. */
  reactors: { maxBytes: MIB },
  /** About 650 bytes for each mark of historians. */
  marks: { maxBytes: 128 * MIB },
} as const satisfies Readonly<Record<string, BucketOptions>>;
