import type { Buckets } from "../buckets.ts";

export interface SlowReads {
  readonly buckets: Buckets;
  /** `write` runs once: after the next read of an entry, and before the reader has the entry. */
  beforeNextAnswer(write: () => Promise<unknown>): void;
}

/** The buckets of a process that is slow after its reads, so that another process writes first. */
export function slowReads(buckets: Buckets): SlowReads {
  let write: (() => Promise<unknown>) | undefined;
  return {
    buckets: {
      async open(name, options) {
        const bucket = await buckets.open(name, options);
        return Object.assign(Object.create(bucket) as typeof bucket, {
          async get(key: string) {
            const entry = await bucket.get(key);
            const now = entry === undefined ? undefined : write;
            if (now === undefined) return entry;
            write = undefined;
            await now();
            return entry;
          },
          create: bucket.create.bind(bucket),
          put: bucket.put.bind(bucket),
          update: bucket.update.bind(bucket),
          delete: bucket.delete.bind(bucket),
          entries: bucket.entries.bind(bucket),
        });
      },
    },
    beforeNextAnswer(next) {
      write = next;
    },
  };
}
