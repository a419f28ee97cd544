import type { Bucket, BucketOptions, Buckets } from "./buckets.ts";

/** Opens the bucket at its first use, and again after a failure, so that creating a store need not wait for the log. */
export function openOnUse(buckets: Buckets, name: string, options: BucketOptions): () => Promise<Bucket> {
  let opening: Promise<Bucket> | undefined;
  return () => {
    opening ??= buckets.open(name, options).catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    return opening;
  };
}
