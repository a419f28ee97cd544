export interface Entry {
  readonly key: string;
  /** JSON. */
  readonly value: unknown;
  readonly revision: number;
}

export interface BucketOptions {
  /** Entries vanish so long after their last write; default never. Whoever opened the bucket last with one has set it. */
  readonly ttlMs?: number;
  /** Required: no store without a limit. */
  readonly maxBytes: number;
}

/** A small key-value store with revisions (JetStream key-value). Keys are made with `encodeToken`, parts joined by `.`. */
export interface Bucket {
  get(key: string): Promise<Entry | undefined>;
  /** Writes unless the key is there; resolves with the revision, or undefined if it was there. */
  create(key: string, value: unknown): Promise<number | undefined>;
  put(key: string, value: unknown): Promise<number>;
  /** Writes if the key still has that revision; resolves with the new one, or undefined if it has moved on. */
  update(key: string, value: unknown, revision: number): Promise<number | undefined>;
  delete(key: string): Promise<void>;
  /** All entries whose keys begin with the prefix (`device.`); meant for small sets. */
  entries(prefix?: string): Promise<Entry[]>;
}

/** @throws FleetError `log-unavailable` from any call while the store can't be reached */
export interface Buckets {
  /** Opens the bucket, and creates it on first use. */
  open(name: string, options: BucketOptions): Promise<Bucket>;
}
