export interface LookupCacheOptions {
  readonly ttlMs: number;
  readonly maxEntries: number;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

export interface LookupCache<T> {
  /** Concurrent calls for a key share one look-up. Errors and undefined are not cached. */
  get(key: string, find: () => Promise<T | undefined>): Promise<T | undefined>;
  clear(): void;
}

/**
 * Caches look-ups. Not done with lru-cache 11.5: an entry set at time 0 never expires there, and an entry as old as its
 * time to live is still valid.
 */
export function lookupCache<T>({ ttlMs, maxEntries, now }: LookupCacheOptions): LookupCache<T> {
  const entries = new Map<string, { readonly expiresAt: number; readonly found: Promise<T | undefined> }>();

  return {
    get(key, find) {
      const cached = entries.get(key);
      if (cached !== undefined && now() < cached.expiresAt) return cached.found;
      const found = find();
      const added = { expiresAt: now() + ttlMs, found };
      entries.delete(key);
      entries.set(key, added);
      for (const oldest of entries.keys()) {
        if (entries.size <= maxEntries) break;
        entries.delete(oldest);
      }
      const remove = () => {
        if (entries.get(key) === added) entries.delete(key);
      };
      found.then((value) => {
        if (value === undefined) remove();
      }, remove);
      return found;
    },
    clear: () => entries.clear(),
  };
}
