import { CREDENTIALS_BUCKET } from "@fleetlog/identity";
import { type BucketOptions, SHARED_BUCKETS } from "@fleetlog/log";
import { systemClock } from "@fleetlog/runtime";
import type { Core } from "../../node/core.ts";
import type { NodePart } from "../../node/parts.ts";
import { REPORTS_BUCKET } from "../repeats/repeats.ts";

const AGAIN_MS = 30_000;
/**
 * The pause after a refusal is longer, because each refused try is an error in the logs of this process and of
 * nats-server.
 */
const REFUSED_AGAIN_MS = 600_000;

/**
 * The buckets that are made at the start. Those without which no device can connect come first: each bucket reserves its
 * limit when it is made, so a small store may have no space for all. Gateways make other buckets on their first use.
 */
const AT_START: Readonly<Record<string, BucketOptions>> = {
  ...CREDENTIALS_BUCKET,
  ...REPORTS_BUCKET,
  ...SHARED_BUCKETS,
};

export interface BucketsPart extends NodePart {
  /** Names of the buckets that could not be made yet. */
  missing(): readonly string[];
}

/**
 * Makes the buckets of devices, and those of the other processes, which may not do so themselves: see {@link
 * SHARED_BUCKETS}. The node's start does not wait. A bucket that can't be made, for instance because nats-server has no
 * space or an earlier release's permissions, is tried again: nats-server may get space or new permissions while this
 * process runs.
 */
export function bucketsPart({ backbone, logger }: Pick<Core, "backbone" | "logger">): BucketsPart {
  const stopping = new AbortController();
  const { signal } = stopping;
  const missing = new Set<string>();

  /** @returns milliseconds until the next try; undefined if the bucket exists now */
  async function make(bucket: string, options: BucketOptions, isFirst: boolean): Promise<number | undefined> {
    try {
      await backbone.buckets.open(bucket, options);
      missing.delete(bucket);
      return undefined;
    } catch (error) {
      missing.add(bucket);
      const mayNot = isRefused(error);
      const advice = mayNot ? "take over users.conf of this release" : undefined;
      if (isFirst) logger.warn({ bucket, err: error, advice }, "can't make a bucket that is needed; trying again");
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
    for (const [bucket, options] of Object.entries(AT_START)) {
      if (signal.aborted) return;
      const wait = await make(bucket, options, true);
      if (wait !== undefined) void makeLater(bucket, options, wait);
    }
  }

  return {
    name: "buckets",
    start: () => void run(),
    stop: () => stopping.abort(),
    missing: () => [...missing],
  };
}

/**
 * Whether NATS does not let this process make the bucket, because the process has the permissions of an earlier
 * release.
 */
function isRefused(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.name === "PermissionViolationError" || isRefused(error.cause);
}
