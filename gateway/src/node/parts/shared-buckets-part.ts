import { type BucketOptions, SHARED_BUCKETS } from "@fleetlog/log";
import { systemClock } from "@fleetlog/runtime";
import type { Core } from "../core.ts";
import type { NodePart } from "../parts.ts";

const AGAIN_MS = 30_000;

/**
 * Makes the buckets of the other processes, which may not do so themselves: see {@link SHARED_BUCKETS}. The node's start does
 * not wait. A bucket that can't be made, as without space, is tried again.
 */
export function sharedBucketsPart({ backbone, logger }: Pick<Core, "backbone" | "logger">): NodePart {
  const stopping = new AbortController();

  /** @returns whether the bucket need not be tried again */
  async function make(bucket: string, options: BucketOptions, isFirst: boolean): Promise<boolean> {
    try {
      await backbone.buckets.open(bucket, options);
      return true;
    } catch (error) {
      const mayNot = isRefused(error);
      const advice = mayNot ? "take over users.conf of this release" : undefined;
      if (isFirst) logger.warn({ bucket, err: error, advice }, "can't make a bucket that other processes use");
      return mayNot;
    }
  }

  async function run(): Promise<void> {
    const missing = new Map<string, BucketOptions>(Object.entries(SHARED_BUCKETS));
    for (let isFirst = true; missing.size > 0 && !stopping.signal.aborted; isFirst = false) {
      if (!isFirst) await systemClock.sleep(AGAIN_MS, stopping.signal);
      for (const [bucket, options] of missing) {
        if (stopping.signal.aborted) return;
        if (await make(bucket, options, isFirst)) missing.delete(bucket);
      }
    }
  }

  return {
    name: "shared buckets",
    start: () => void run(),
    stop: () => stopping.abort(),
  };
}

/** Whether NATS does not let this process make it: its permissions are of an earlier release. */
function isRefused(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.name === "PermissionViolationError" || isRefused(error.cause);
}
