import type { Bucket, Bus, Entry, Logger } from "@fleetlog/log";
import type { Clock } from "../clock.ts";
import { untilAborted } from "./abort.ts";

export interface LeadershipOptions {
  /** The bucket of leases; opened anew at every use until it can be. */
  readonly bucket: () => Promise<Bucket>;
  readonly bus: Bus;
  readonly key: string;
  /** Unlike every other competitor's, and unlike one's own at the last start. */
  readonly holder: string;
  /** How long an entry of the bucket lives. */
  readonly ttlMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called whenever the lease was won; its signal is aborted when it is lost. Resolves when nothing goes on any more. */
  readonly lead: (signal: AbortSignal) => Promise<void>;
}

interface Held {
  readonly revision: number;
  /** When the call that last wrote the entry was made: it lives for `ttlMs` from then on at least. */
  readonly since: number;
}

/**
 * Competes for a lease and leads while it has it, until `signal` is aborted; then it stops leading and releases the
 * lease, so that another takes over at once. The lease counts as lost a third of its life before another could win it:
 * whatever is under way has that time to end.
 */
export async function compete(options: LeadershipOptions, signal: AbortSignal): Promise<void> {
  const { bus, key, ttlMs, clock, logger, holder, lead } = options;
  const released = `released.${key}`;
  let wake = () => {};
  const hint = bus.subscribe(released, () => wake());
  try {
    while (!signal.aborted) {
      const held = await win(options).catch((error: unknown) => {
        logger.warn({ err: error, key }, "the lease can't be asked for");
        return undefined;
      });
      if (held === undefined) {
        const nap = new AbortController();
        wake = () => nap.abort();
        signal.addEventListener("abort", wake, { once: true });
        await clock.sleep(ttlMs / 3, nap.signal);
        signal.removeEventListener("abort", wake);
        continue;
      }
      logger.info({ key, holder }, "active");
      const term = new AbortController();
      const leading = lead(term.signal);
      const why = await keep(held, options, signal);
      term.abort();
      await leading;
      logger.info({ key, holder, why }, "standing by");
      if (why === "stopping") await release(options, released);
    }
  } finally {
    hint.stop();
  }
}

async function win({ bucket, key, holder, clock }: LeadershipOptions): Promise<Held | undefined> {
  const leases = await bucket();
  const since = clock.elapsed();
  const revision = await leases.create(key, { holder });
  return revision === undefined ? undefined : { revision, since };
}

/** Renews until the lease is lost or the process stops. */
async function keep(first: Held, options: LeadershipOptions, signal: AbortSignal): Promise<"lost" | "stopping"> {
  const { ttlMs, clock, logger, key } = options;
  for (let held = first; ; ) {
    await clock.sleep(held.since + ttlMs / 3 - clock.elapsed(), signal);
    while (!signal.aborted) {
      const left = held.since + (ttlMs * 2) / 3 - clock.elapsed();
      if (left <= 0) return "lost";
      const renewed = await within(left, renew(held, options), options, signal).catch((error: unknown) => {
        if (!signal.aborted) logger.warn({ err: error, key }, "the lease can't be renewed");
        return "later" as const;
      });
      if (renewed === "lost") return "lost";
      if (renewed !== "later") {
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
  if (revision !== undefined) return { revision, since };
  // Either it is somebody else's, or an earlier renewal got through without our hearing of it.
  const entry = await leases.get(key);
  return isOurs(entry, holder) ? { revision: entry.revision, since: held.since } : "lost";
}

function isOurs(entry: Entry | undefined, holder: string): entry is Entry {
  return (entry?.value as { holder?: unknown } | null | undefined)?.holder === holder;
}

/** Rejects when the answer takes longer than `ms`. */
async function within<T>(
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
    if (!isOurs(await leases.get(key), holder)) return;
    await leases.delete(key);
    bus.publish(released, {});
  };
  const freed = free().catch((error: unknown) => {
    logger.warn({ err: error, key }, "the lease can't be released; it lapses by itself");
  });
  await Promise.race([freed, clock.sleep(ttlMs / 3, done.signal)]);
  done.abort();
}
