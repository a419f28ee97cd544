import type { Bucket, BucketOptions, Buckets } from "./buckets.ts";

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
