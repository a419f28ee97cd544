import type { RecordedEvent } from "@fleetlog/domain";
import { decodeEvent } from "../decode.ts";
import { ofCategories } from "../filter.ts";
import type { SubscribeOptions, Subscription } from "../log.ts";
import type { Fetched } from "./fetch.ts";
import type { Link } from "./link.ts";
import { type Source, SourceLost } from "./source.ts";

const DEFAULT_BATCH = 512;

/** A source of entries, and which of them are wanted: what the server can't filter is filtered here. */
export interface Opened {
  readonly source: Source;
  readonly wants: ((subject: string) => boolean) | undefined;
}

/** Opens a source from a sequence on; rejects while the log can't be reached. */
export type OpenSource = (from: number) => Promise<Opened>;

/**
 * Follows a stream over every interruption: one consumer at a time, a new one at the next sequence whenever the old one
 * fails in any way, and whatever comes twice is dropped by its sequence.
 */
export class JetStreamSubscription implements Subscription {
  readonly started: Promise<void>;
  readonly ended: Promise<void>;
  readonly #link: Link;
  readonly #options: SubscribeOptions;
  readonly #open: OpenSource;
  readonly #first: () => Promise<number>;
  readonly #skipped: (subject: string, seq: number) => void;
  readonly #stopping = Promise.withResolvers<void>();
  #stopped = false;
  #source: Source | undefined;
  #next = 0;

  constructor(
    link: Link,
    options: SubscribeOptions,
    how: {
      readonly open: OpenSource;
      /** The first sequence wanted; asks the server where the stream ends if need be. */
      readonly first: () => Promise<number>;
      /** Called for each entry that is no event of ours. */
      readonly skipped: (subject: string, seq: number) => void;
    },
  ) {
    this.#link = link;
    this.#options = options;
    this.#open = how.open;
    this.#first = how.first;
    this.#skipped = how.skipped;
    const started = Promise.withResolvers<void>();
    this.started = started.promise;
    this.ended = this.#run(started.resolve).finally(started.resolve);
    // Whoever cares for the end awaits `ended`; nobody else's process may fall over it.
    this.ended.catch(() => {});
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#stopping.resolve();
    this.#source?.close();
    await this.ended.catch(() => {});
  }

  async #run(started: () => void): Promise<void> {
    for (let failures = 0; !this.#stopped; ) {
      try {
        if (this.#next === 0) this.#next = await this.#first();
        const opened = await this.#open(this.#next);
        this.#source = opened.source;
        started();
        failures = 0;
        if (!this.#stopped) await this.#follow(opened);
      } catch (error) {
        if (error instanceof Thrown) throw error.cause;
        if (this.#stopped) return;
        failures += 1;
        this.#link.logger.warn({ stream: this.#options.stream, next: this.#next, error }, "a subscription begins anew");
        await this.#pause(Math.min(50 * 2 ** failures, 2_000));
      } finally {
        // Far from the last entry that passed, a new consumer would cost the server a search.
        this.#next = Math.max(this.#next, (this.#source?.passed ?? -1) + 1);
        this.#source?.close();
        this.#source = undefined;
      }
    }
  }

  /** Hands over batches until the source is lost or the subscription stops. */
  async #follow({ source, wants }: Opened): Promise<void> {
    const { onBatch, maxBatch = DEFAULT_BATCH, categories } = this.#options;
    const reads = categories === undefined ? undefined : ofCategories(categories);
    let caughtUp = false;
    while (!this.#stopped) {
      const entries = await source.take(maxBatch);
      const events: RecordedEvent[] = [];
      let through = 0;
      let pending = 0;
      let unread: Fetched | undefined;
      for (const fetched of entries) {
        const { message, place } = fetched;
        if (place.seq < this.#next) continue;
        this.#next = place.seq + 1;
        through = place.seq;
        pending = place.pending;
        const subject = message.subject;
        if (wants !== undefined && !wants(subject)) continue;
        unread = reads === undefined || reads(subject) ? undefined : fetched;
        if (unread === undefined) this.#read(fetched, events);
      }
      if (unread !== undefined) this.#read(unread, events);
      if (through === 0 || this.#stopped) continue;
      // A batch without events is only worth a word when it says that the end is reached at last.
      if (events.length === 0 && (pending > 0 || caughtUp)) continue;
      caughtUp = pending === 0;
      try {
        await onBatch({ events, throughSeq: through, pending });
      } catch (cause) {
        throw new Thrown(cause);
      }
    }
    if (!this.#stopped) throw new SourceLost("ended");
  }

  #read({ message, place }: Fetched, into: RecordedEvent[]): void {
    const { subject } = message;
    const event = decodeEvent(message.string(), subject, place.seq, this.#options.stream);
    if (event === undefined) this.#skipped(subject, place.seq);
    else into.push(event);
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      void this.#stopping.promise.then(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

/** What `onBatch` threw, told apart from our own trouble. */
class Thrown extends Error {
  constructor(cause: unknown) {
    super("onBatch threw", { cause });
  }
}
