import type { Msg } from "@nats-io/nats-core";
import { notReached } from "../refusals.ts";
import {
  type Consumer,
  type ConsumerOptions,
  createConsumer,
  deleteConsumer,
  openInbox,
  type Place,
  placeOf,
  pullRequest,
  statusOf,
} from "./consumer.ts";
import type { Link } from "./link.ts";

const SILENCE_MS = 5_000;
const ATTEMPTS = 4;
const MAX_CONSUMERS = 8;
const PULL = 1_000;
const PULL_BYTES = 8 * 1024 * 1024;

export interface Fetched {
  readonly message: Msg;
  readonly place: Place;
}

export interface FetchOptions extends Omit<ConsumerOptions, "inactiveMs"> {
  /** At most about so much is held. */
  readonly maxEntries: number;
  readonly maxBytes: number;
  /** What the server could not filter: others are left out. Default all. */
  readonly wants?: ((subject: string) => boolean) | undefined;
  /** Nothing past this sequence. */
  readonly upTo: number;
}

export interface Fetch {
  readonly entries: readonly Fetched[];
  /** Everything up to this sequence that passes the filter is among the entries. */
  readonly through: number;
}

/** The connection or the consumer went away in the middle: to be tried again. */
class Interrupted extends Error {}

/** Reads with short-lived consumers, a few at once: nats-server suffers from many (each is a goroutine and a file). */
export class Fetcher {
  readonly #link: Link;
  readonly #slots = new Slots(MAX_CONSUMERS);

  constructor(link: Link) {
    this.#link = link;
  }

  /**
   * Reads one window forwards with a consumer of its own, which is gone afterwards.
   * @throws FleetError `log-unavailable` when the log can't be reached for a while
   */
  async window(options: FetchOptions): Promise<Fetch> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#with({ ...options, inactiveMs: 30_000 }, (consumer) => drain(this.#link, consumer, options));
      } catch (error) {
        if (!(error instanceof Interrupted)) throw error;
        if (attempt === ATTEMPTS) throw notReached(error);
      }
      await new Promise((resolve) => setTimeout(resolve, 50 * 2 ** attempt));
    }
  }

  /** How many entries that pass the filter are at or after the start; an estimate to choose windows by. */
  count(options: Omit<ConsumerOptions, "inactiveMs">): Promise<number> {
    return this.#with({ ...options, inactiveMs: 5_000 }, async ({ pending }) => pending);
  }

  async #with<T>(options: ConsumerOptions, use: (consumer: Consumer) => Promise<T>): Promise<T> {
    await this.#slots.take();
    let consumer: Consumer | undefined;
    try {
      consumer = await createConsumer(this.#link, options);
      return await use(consumer);
    } finally {
      const gone = consumer === undefined ? Promise.resolve() : deleteConsumer(this.#link, options.stream, consumer);
      // Nobody has to wait for the deletion but the next consumer.
      void gone.finally(() => this.#slots.give());
    }
  }
}

/** So many may go in at once; the others wait their turn. */
class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(free: number) {
    this.#free = free;
  }

  take(): Promise<void> {
    if (this.#free > 0) {
      this.#free -= 1;
      return Promise.resolve();
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  give(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next();
  }
}

async function drain(link: Link, consumer: Consumer, options: FetchOptions): Promise<Fetch> {
  const { maxEntries, maxBytes, upTo, wants, filter } = options;
  const entries: Fetched[] = [];
  let bytes = 0;
  let through = 0;
  for (let left = consumer.pending; left > 0; ) {
    const room = maxEntries - entries.length;
    if (room <= 0 || bytes >= maxBytes) return { entries, through };
    // What passes the server's filter is wanted nearly always; without one, few of many may be.
    const mostAreWanted = wants === undefined || filter !== undefined;
    const batch = await pull(link, consumer, Math.min(left, mostAreWanted ? room : PULL, PULL));
    for (const fetched of batch) {
      const { message, place } = fetched;
      if (place.seq > upTo) return { entries, through: upTo };
      through = place.seq;
      if (wants !== undefined && !wants(message.subject)) continue;
      entries.push(fetched);
      bytes += message.data.length;
    }
    if (batch.length === 0) break;
    left -= batch.length;
  }
  return { entries, through: upTo };
}

/** One request for what is there: resolves when all of it came, or the server said that this was all. */
function pull(link: Link, consumer: Consumer, batch: number): Promise<readonly Fetched[]> {
  return new Promise((resolve, reject) => {
    const fetched: Fetched[] = [];
    const { subject, subscription } = openInbox(link, (message) => {
      late.refresh();
      const status = statusOf(message);
      if (status === undefined) {
        fetched.push({ message, place: placeOf(message.reply ?? "") });
        if (fetched.length === batch) settle();
      } else if (status.code === 404 || status.code === 408 || /max_?bytes/i.test(status.description)) settle();
      else if (status.code !== 100) settle(new Interrupted(status.description));
    });
    const forget = link.onChange(() => settle(new Interrupted("the connection was lost")));
    const late = setTimeout(() => settle(new Interrupted("no answer")), SILENCE_MS);
    const settle = (error?: Error): void => {
      clearTimeout(late);
      forget();
      subscription.unsubscribe();
      if (error === undefined) resolve(fetched);
      else reject(error);
    };
    const request = pullRequest({ batch, maxBytes: Math.max(PULL_BYTES, link.maxPayload * 2), noWait: true });
    link.nc.publish(consumer.next, request, { reply: subject });
  });
}
