import type { Bucket, Bus, Entry, Logger } from "@fleetlog/log";
import type { Clock } from "../clock.ts";
import { untilAborted } from "./abort.ts";

export interface LeadershipOptions {
  readonly bucket: () => Promise<Bucket>;
  readonly bus: Bus;
  readonly key: string;
  /** Unique for each start of a process. */
  readonly holder: string;
  /** Time to live of the bucket's entries, unless {@link Bucket.ttlMs} is shorter. */
  readonly ttlMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Must end all work and resolve soon after the signal is aborted. */
  readonly lead: (signal: AbortSignal) => Promise<void>;
}

interface Held {
  readonly revision: number;
  /** When the last successful write was sent: the entry lives for at least `ttlMs` from then. */
  readonly since: number;
  readonly ttlMs: number;
}

/**
 * Competes for the lease until `signal` is aborted. Then releases it, so that another process takes over at once. If
 * the lease can't be renewed, leading stops a third of the TTL before it expires, so that the work has time to end.
 */
export async function compete(options: LeadershipOptions, signal: AbortSignal): Promise<void> {
  const { bus, key, ttlMs, clock, logger, holder, lead } = options;
  const released = `released.${key}`;
  let waiting = new AbortController();
  const tryNow = () => waiting.abort();
  const subscription = bus.subscribe(released, tryNow);
  signal.addEventListener("abort", tryNow);
  try {
    while (!signal.aborted) {
      // Made before the attempt, so that a release or an end during the attempt is not missed.
      waiting = new AbortController();
      const held = await acquire(options).catch((error: unknown) => {
        logger.warn({ err: error, key }, "cannot acquire the lease");
        return undefined;
      });
      if (held === undefined) {
        await clock.sleep(ttlMs / 3, waiting.signal);
        continue;
      }
      logger.info({ key, holder }, "active");
      const term = new AbortController();
      const leading = lead(term.signal);
      const reason = await renewUntilLost(held, options, signal);
      term.abort();
      await leading;
      logger.info({ key, holder, reason }, "standing by");
      if (reason === "stopping") await release(options, released);
    }
  } finally {
    subscription.stop();
    signal.removeEventListener("abort", tryNow);
  }
}

async function acquire({ bucket, key, holder, clock, ttlMs }: LeadershipOptions): Promise<Held | undefined> {
  const leases = await bucket();
  const since = clock.elapsed();
  const revision = await leases.create(key, { holder });
  return revision === undefined ? undefined : { revision, since, ttlMs: Math.min(ttlMs, leases.ttlMs ?? ttlMs) };
}

async function renewUntilLost(
  first: Held,
  options: LeadershipOptions,
  signal: AbortSignal,
): Promise<"lost" | "stopping"> {
  const { clock, logger, key } = options;
  const { ttlMs } = first;
  for (let held = first; ; ) {
    await clock.sleep(held.since + ttlMs / 3 - clock.elapsed(), signal);
    while (!signal.aborted) {
      const left = held.since + (ttlMs * 2) / 3 - clock.elapsed();
      if (left <= 0) return "lost";
      const renewed = await withTimeout(left, renew(held, options), options, signal).catch((error: unknown) => {
        if (!signal.aborted) logger.warn({ err: error, key }, "cannot renew the lease");
        // Whether the lease is still held is unknown, so it is renewed again until its time is nearly over.
        return "unknown" as const;
      });
      if (renewed === "lost") return "lost";
      if (renewed !== "unknown") {
        held = renewed;
        break;
      }
      await clock.sleep(ttlMs / 30, signal);
    }
    if (signal.aborted) return "stopping";
  }
}

async function renew(held: Held, { bucket, key, holder, clock }: LeadershipOptions): Promise<Held | "lost"> {
  const leases = await bucket();
  const since = clock.elapsed();
  const revision = await leases.update(key, { holder }, held.revision);
  if (revision !== undefined) return { ...held, revision, since };
  // Either another process holds the lease, or an earlier renewal succeeded and its answer was lost.
  const entry = await leases.get(key);
  return isHeldBy(entry, holder) ? { ...held, revision: entry.revision } : "lost";
}

function isHeldBy(entry: Entry | undefined, holder: string): entry is Entry {
  return (entry?.value as { holder?: unknown } | null | undefined)?.holder === holder;
}

async function withTimeout<T>(
  ms: number,
  answer: Promise<T>,
  { clock }: LeadershipOptions,
  signal: AbortSignal,
): Promise<T> {
  const late = new AbortController();
  const done = new AbortController();
  void clock.sleep(ms, done.signal).then(() => late.abort(new Error("no answer in time")));
  try {
    return await untilAborted(untilAborted(answer, late.signal), signal);
  } finally {
    done.abort();
  }
}

async function release(options: LeadershipOptions, released: string): Promise<void> {
  const { bucket, key, holder, bus, clock, ttlMs, logger } = options;
  const done = new AbortController();
  const free = async () => {
    const leases = await bucket();
    const held = await leases.get(key);
    // At this moment, the lease may lapse, and another process may acquire it.
    if (isHeldBy(held, holder) && (await leases.delete(key, held.revision))) bus.publish(released, {});
  };
  const freed = free().catch((error: unknown) => {
    logger.warn({ err: error, key }, "cannot release the lease; it will expire");
  });
  await Promise.race([freed, clock.sleep(ttlMs / 3, done.signal)]);
  done.abort();
}
