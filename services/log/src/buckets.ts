export interface Entry {
  readonly key: string;
  /** Any JSON value. */
  readonly value: unknown;
  readonly revision: number;
}

export interface BucketOptions {
  /**
   * Entries are deleted this long after their last write; default never. The process that opens the bucket last sets
   * it.
   */
  readonly ttlMs?: number;
  /** Required, so that no store can grow without limit. */
  readonly maxBytes: number;
}

/** A small key-value store with revisions (JetStream key-value). Keys are made with `encodeToken`, parts joined by `.`. */
export interface Bucket {
  get(key: string): Promise<Entry | undefined>;
  /** Writes only if the key does not exist; resolves with the revision, or undefined if it exists. */
  create(key: string, value: unknown): Promise<number | undefined>;
  put(key: string, value: unknown): Promise<number>;
  /** Writes only if the key still has this revision; resolves with the new revision, or undefined if not. */
  update(key: string, value: unknown, revision: number): Promise<number | undefined>;
  delete(key: string): Promise<void>;
  /** All entries whose keys begin with the prefix, such as `device.`. For small sets. */
  entries(prefix?: string): Promise<Entry[]>;
}

/** @throws FleetError `log-unavailable` from any call while the store can't be reached */
export interface Buckets {
  /** Opens the bucket; creates it if it does not exist. */
  open(name: string, options: BucketOptions): Promise<Bucket>;
}
