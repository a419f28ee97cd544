import { pauseAfter } from "@fleetlog/runtime";
import type { Msg } from "@nats-io/nats-core";
import { unreachable } from "../../errors.ts";
import { sizeOf } from "../connection/frames.ts";
import type { ServerConnection } from "../connection/server-connection.ts";
import { hasEntry, isLeaderBehind, leaderLacks } from "../streams/verify.ts";
import {
  type Consumer,
  type ConsumerOptions,
  createConsumer,
  type DeliveryInfo,
  deleteConsumer,
  deliveryInfoOf,
  openInbox,
  pullRequest,
  statusOf,
} from "./consumer.ts";
import { fromLeader } from "./direct.ts";
import { Semaphore } from "./semaphore.ts";

const PULL_TIMEOUT_MS = 5_000;
/** How often within its time limit a pull checks whether messages arrive. */
const SILENCES = 5;
const ATTEMPTS = 4;
const RETRIES = { firstMs: 100, longestMs: 400, jitter: "none" } as const;
const MAX_CONSUMERS = 8;
const PULL_ENTRIES = 1_000;
const PULL_BYTES = 2 * 1024 * 1024;

export interface FetchedEntry {
  readonly message: Msg;
  readonly info: DeliveryInfo;
}

export interface FetchOptions extends Omit<ConsumerOptions, "inactiveMs"> {
  readonly maxEntries: number;
  readonly maxBytes: number;
  /** A condition that the server-side filter can't express. */
  readonly matches?: ((subject: string) => boolean) | undefined;
  readonly upTo: number;
  /**
   * The sequence of the last match, if there are replicas. The read is repeated while a replica lacks this entry. If the
   * leader does not have it any more, because it expired or a newer one replaced it, the leader's last match counts.
   */
  readonly lastMatch?: number | undefined;
  /**
   * Only for a read without a server-side filter: whether the read is repeated if a replica, such as a damaged copy,
   * skips an entry that the leader has.
   */
  readonly whole?: boolean;
}

export interface Fetch {
  readonly entries: readonly FetchedEntry[];
  /** The entries contain every match up to this sequence. */
  readonly through: number;
}

class Interrupted extends Error {}

class Late extends Interrupted {}

/** Reads windows of a stream, and counts entries. Each call has a consumer of its own; at most eight exist at a time. */
export class Fetcher {
  readonly #connection: ServerConnection;
  readonly #consumers = new Semaphore(MAX_CONSUMERS);

  constructor(connection: ServerConnection) {
    this.#connection = connection;
  }

  /** @throws FleetError `log-unavailable` after several attempts */
  async window(options: FetchOptions): Promise<Fetch> {
    let { lastMatch } = options;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#withConsumer({ ...options, inactiveMs: 30_000 }, (consumer) =>
          readWindow(this.#connection, consumer, { ...options, lastMatch }),
        );
      } catch (error) {
        if (!(error instanceof Interrupted)) throw error;
        if (attempt === ATTEMPTS) throw unreachable(error);
        if (error instanceof Late && lastMatch !== undefined) {
          lastMatch = await this.#stillLast(options, lastMatch);
          if (lastMatch === undefined) return { entries: [], through: options.upTo };
        }
      }
      await new Promise((resolve) => setTimeout(resolve, pauseAfter(attempt, RETRIES)));
    }
  }

  /** The sequence of the leader's last match; undefined if the leader has no match any more. */
  async #stillLast({ stream, filter = ">" }: FetchOptions, lastMatch: number): Promise<number | undefined> {
    if (await hasEntry(this.#connection, stream, lastMatch)) return lastMatch;
    if (await isLeaderBehind(this.#connection, stream, lastMatch)) return lastMatch;
    return (await fromLeader(this.#connection, stream, { last_by_subj: filter }))?.seq;
  }

  /** Estimates how many entries pass the filter from `start` on. */
  count(options: Omit<ConsumerOptions, "inactiveMs">): Promise<number> {
    return this.#withConsumer({ ...options, inactiveMs: 5_000 }, async ({ pending }) => pending);
  }

  async #withConsumer<T>(options: ConsumerOptions, use: (consumer: Consumer) => Promise<T>): Promise<T> {
    await this.#consumers.acquire();
    let consumer: Consumer | undefined;
    try {
      consumer = await createConsumer(this.#connection, options);
      return await use(consumer);
    } finally {
      const deleted =
        consumer === undefined ? Promise.resolve() : deleteConsumer(this.#connection, options.stream, consumer);
      // Not awaited: only the next consumer has to wait for the deletion.
      void deleted.finally(() => this.#consumers.release());
    }
  }
}

async function readWindow(connection: ServerConnection, consumer: Consumer, options: FetchOptions): Promise<Fetch> {
  const { stream, maxEntries, maxBytes, upTo, matches, filter, start, lastMatch, whole = false } = options;
  // nats-server refuses requests for entry 0.
  let next = "seq" in start ? Math.max(1, start.seq) : Number.POSITIVE_INFINITY;
  const entries: FetchedEntry[] = [];
  let bytes = 0;
  let through = 0;
  for (let left = consumer.pending; left > 0; ) {
    const entriesLeft = maxEntries - entries.length;
    if (entriesLeft <= 0 || bytes >= maxBytes) return { entries, through };
    // With a server-side filter most entries match. With `matches` alone few may match, so full batches are pulled.
    const mostMatch = matches === undefined || filter !== undefined;
    const batch = await pull(
      connection,
      consumer,
      Math.min(left, mostMatch ? entriesLeft : PULL_ENTRIES, PULL_ENTRIES),
    );
    for (const fetched of batch) {
      const { message, info } = fetched;
      const gapEnd = Math.min(info.seq - 1, upTo);
      if (whole && next <= gapEnd && !(await leaderLacks(connection, stream, next, gapEnd)))
        throw new Interrupted(`a replica lacks entries from ${next} on`);
      next = info.seq + 1;
      if (info.seq > upTo) return { entries, through: upTo };
      through = info.seq;
      if (matches !== undefined && !matches(message.subject)) continue;
      entries.push(fetched);
      bytes += sizeOf(message);
    }
    if (batch.length === 0) break;
    left -= batch.length;
  }
  if (lastMatch !== undefined && through < lastMatch && "seq" in start && start.seq <= lastMatch)
    throw new Late(`a replica does not have entry ${lastMatch} yet`);
  return { entries, through: upTo };
}

function pull(connection: ServerConnection, consumer: Consumer, batch: number): Promise<readonly FetchedEntry[]> {
  return new Promise((resolve, reject) => {
    const fetched: FetchedEntry[] = [];
    const { subject, subscription } = openInbox(connection, (message) => {
      silent = 0;
      const status = statusOf(message);
      if (status === undefined) {
        fetched.push({ message, info: deliveryInfoOf(message.reply ?? "") });
        if (fetched.length === batch) settle();
      } else if (status.code === 404 || status.code === 408 || /max_?bytes/i.test(status.description)) settle();
      else if (status.code !== 100) settle(new Interrupted(status.description));
    });
    const unsubscribe = connection.onChange(() => settle(new Interrupted("the connection was lost")));
    // Refreshing a timer for each message would take longer than the rest of this function.
    let silent = 0;
    const silence = setInterval(() => {
      if (++silent > SILENCES) settle(new Interrupted("no answer"));
    }, PULL_TIMEOUT_MS / SILENCES);
    const settle = (error?: Error): void => {
      clearInterval(silence);
      unsubscribe();
      subscription.unsubscribe();
      if (error === undefined) resolve(fetched);
      else reject(error);
    };
    const request = pullRequest({ batch, maxBytes: Math.max(PULL_BYTES, connection.maxPayload * 2), noWait: true });
    connection.nc.publish(consumer.requestSubject, request, { reply: subject });
  });
}
