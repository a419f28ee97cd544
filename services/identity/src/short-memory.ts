export interface ShortMemoryOptions {
  readonly forMs: number;
  readonly atMost: number;
  readonly now: () => number;
}

export interface ShortMemory<T> {
  /**
   * What was found for the key a short while ago, or else what `find` finds. Callers at the same moment share one
   * search. Nothing found, or an error, is not remembered: what is made later is seen at once.
   */
  recall(key: string, find: () => Promise<T | undefined>): Promise<T | undefined>;
  forget(): void;
}

export function shortMemory<T>({ forMs, atMost, now }: ShortMemoryOptions): ShortMemory<T> {
  const known = new Map<string, { readonly until: number; readonly found: Promise<T | undefined> }>();

  return {
    recall(key, find) {
      const entry = known.get(key);
      if (entry !== undefined && now() < entry.until) return entry.found;
      const found = find();
      const fresh = { until: now() + forMs, found };
      known.delete(key);
      known.set(key, fresh);
      for (const oldest of known.keys()) {
        if (known.size <= atMost) break;
        known.delete(oldest);
      }
      const drop = () => {
        if (known.get(key) === fresh) known.delete(key);
      };
      found.then((value) => {
        if (value === undefined) drop();
      }, drop);
      return found;
    },
    forget: () => known.clear(),
  };
}
