import { type BucketOptions, SHARED_BUCKETS } from "@fleetlog/log";
import { systemClock } from "@fleetlog/runtime";
import type { Core } from "../core.ts";
import type { NodePart } from "../parts.ts";

const AGAIN_MS = 30_000;
/** Longer, because each refused try is an error in the logs of this process and of nats-server. */
const REFUSED_AGAIN_MS = 600_000;

/**
 * Makes the buckets of the other processes, which may not do so themselves: see {@link SHARED_BUCKETS}. The node's start does
 * not wait. A bucket that can't be made, as without space or with an earlier release's permissions, is tried again: nats-server
 * may get space or new permissions while this process runs.
 */
export function sharedBucketsPart({ backbone, logger }: Pick<Core, "backbone" | "logger">): NodePart {
  const stopping = new AbortController();
  const { signal } = stopping;

  /** @returns milliseconds until the next try; undefined if the bucket exists now */
  async function make(bucket: string, options: BucketOptions, isFirst: boolean): Promise<number | undefined> {
    try {
      await backbone.buckets.open(bucket, options);
      return undefined;
    } catch (error) {
      const mayNot = isRefused(error);
      const advice = mayNot ? "take over users.conf of this release" : undefined;
      if (isFirst) logger.warn({ bucket, err: error, advice }, "can't make a bucket that other processes use");
      return mayNot ? REFUSED_AGAIN_MS : AGAIN_MS;
    }
  }

  async function makeLater(bucket: string, options: BucketOptions, first: number): Promise<void> {
    for (let wait: number | undefined = first; wait !== undefined; wait = await make(bucket, options, false)) {
      await systemClock.sleep(wait, signal);
      if (signal.aborted) return;
    }
  }

  async function run(): Promise<void> {
    for (const [bucket, options] of Object.entries<BucketOptions>(SHARED_BUCKETS)) {
      if (signal.aborted) return;
      const wait = await make(bucket, options, true);
      if (wait !== undefined) void makeLater(bucket, options, wait);
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
