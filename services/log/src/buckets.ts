export interface Entry {
  readonly key: string;
  readonly value: unknown;
  readonly revision: number;
}

export interface BucketOptions {
  /** Entries are deleted this long after their last write; default never. The last call of `open` sets the value. */
  readonly ttlMs?: number;
  readonly maxBytes: number;
}

/** A small key-value store with revisions (JetStream key-value). Keys: parts from `encodeToken`, joined by `.`. */
export interface Bucket {
  /** The time to live of the entries, if this process may not set the one that it has asked for. */
  readonly ttlMs?: number;
  get(key: string): Promise<Entry | undefined>;
  /** Writes only if the key does not exist. @returns undefined if the key exists; then `get` finds it */
  create(key: string, value: unknown): Promise<number | undefined>;
  put(key: string, value: unknown): Promise<number>;
  /** Writes only at this revision of the key. @returns the new revision; undefined if `get` shows another revision */
  update(key: string, value: unknown, revision: number): Promise<number | undefined>;
  /** Deletes the key; with `revision`, only at this revision. @returns false if `get` shows another revision */
  delete(key: string, revision?: number): Promise<boolean>;
  /** All entries whose keys begin with the prefix, such as `device.`. For small sets. */
  entries(prefix?: string): Promise<Entry[]>;
}

/** @throws FleetError `log-unavailable` from any call while the store can't be reached */
export interface Buckets {
  open(name: string, options: BucketOptions): Promise<Bucket>;
}
