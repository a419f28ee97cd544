import type { RecordedEvent } from "@fleetlog/domain";
import { pauseAfter } from "@fleetlog/runtime";
import { decodeEvent } from "../../decode.ts";
import { matchesCategories } from "../../filter.ts";
import type { SubscribeOptions, Subscription } from "../../log.ts";
import type { ServerConnection } from "../connection/server-connection.ts";
import type { FetchedEntry } from "./fetch.ts";
import { type EntrySource, SourceLost } from "./source.ts";

const DEFAULT_BATCH = 512;
const RESTARTS = { firstMs: 100, longestMs: 2_000, jitter: "none" } as const;

export interface OpenedSource {
  readonly source: EntrySource;
  readonly matches: ((subject: string) => boolean) | undefined;
  readonly gaplessFrom?: number | undefined;
}

export type OpenSource = (from: number) => Promise<OpenedSource>;

/** False if only this source lacks the entries, or if that can't be found out now. Never rejects. */
export type IsMissing = (from: number, to: number) => Promise<boolean>;

/** Restarts the consumer at the next sequence after any failure, and drops repeated entries. */
export class JetStreamSubscription implements Subscription {
  readonly started: Promise<number>;
  readonly ended: Promise<void>;
  readonly #connection: ServerConnection;
  readonly #options: SubscribeOptions;
  readonly #open: OpenSource;
  readonly #first: () => Promise<number>;
  readonly #onSkipped: (subject: string, seq: number) => void;
  readonly #isMissing: IsMissing;
  readonly #stopping = Promise.withResolvers<void>();
  #stopped = false;
  #source: EntrySource | undefined;
  #next = 0;

  constructor(
    connection: ServerConnection,
    options: SubscribeOptions,
    deps: {
      readonly open: OpenSource;
      readonly first: () => Promise<number>;
      readonly onSkipped: (subject: string, seq: number) => void;
      readonly isMissing: IsMissing;
    },
  ) {
    this.#connection = connection;
    this.#options = options;
    this.#open = deps.open;
    this.#first = deps.first;
    this.#onSkipped = deps.onSkipped;
    this.#isMissing = deps.isMissing;
    const started = Promise.withResolvers<number>();
    this.started = started.promise;
    this.ended = this.#run(started.resolve).finally(() => started.resolve(0));
    // An unhandled rejection would end the process of a caller that does not await `ended`.
    this.ended.catch(() => {});
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#stopping.resolve();
    this.#source?.close();
    await this.ended.catch(() => {});
  }

  async #run(started: (seq: number) => void): Promise<void> {
    for (let failures = 0; !this.#stopped; ) {
      try {
        if (this.#next === 0) this.#next = await this.#first();
        const opened = await this.#open(this.#next);
        this.#source = opened.source;
        started(this.#next);
        failures = 0;
        if (!this.#stopped) await this.#follow(opened);
      } catch (error) {
        if (error instanceof HandlerError) throw error.cause;
        if (this.#stopped) return;
        failures += 1;
        this.#connection.logger.warn(
          { stream: this.#options.stream, next: this.#next, err: error },
          "restarting a subscription",
        );
        await this.#pause(pauseAfter(failures, RESTARTS));
      } finally {
        // Without this, the server would search the stream again from the last match on.
        this.#next = Math.max(this.#next, (this.#source?.passedSeq ?? -1) + 1);
        this.#source?.close();
        this.#source = undefined;
      }
    }
  }

  async #follow({ source, matches, gaplessFrom = Number.POSITIVE_INFINITY }: OpenedSource): Promise<void> {
    const { onBatch, maxBatch = DEFAULT_BATCH, categories } = this.#options;
    const isWanted = categories === undefined ? undefined : matchesCategories(categories);
    let caughtUp = false;
    let expected = gaplessFrom;
    while (!this.#stopped) {
      const entries = await source.take(maxBatch);
      const events: RecordedEvent[] = [];
      let through = 0;
      let pending = 0;
      let lacks: number | undefined;
      let skippedLast: FetchedEntry | undefined;
      for (const fetched of entries) {
        const { message, info } = fetched;
        if (info.seq < this.#next) continue;
        if (info.seq > expected && !(await this.#isMissing(expected, info.seq - 1))) {
          lacks = expected;
          break;
        }
        if (info.seq >= expected) expected = info.seq + 1;
        this.#next = info.seq + 1;
        through = info.seq;
        pending = info.pending;
        const subject = message.subject;
        if (matches !== undefined && !matches(subject)) continue;
        skippedLast = isWanted === undefined || isWanted(subject) ? undefined : fetched;
        if (skippedLast === undefined) this.#decode(fetched, events);
      }
      if (skippedLast !== undefined) this.#decode(skippedLast, events);
      // An empty batch only reports that the end is reached.
      const isReported = events.length > 0 || (pending === 0 && !caughtUp);
      if (through > 0 && !this.#stopped && isReported) {
        caughtUp = pending === 0;
        try {
          await onBatch({ events, throughSeq: through, pending });
        } catch (cause) {
          throw new HandlerError(cause);
        }
      }
      if (lacks !== undefined) this.#leave(source, lacks);
    }
    if (!this.#stopped) throw new SourceLost("ended");
  }

  /** The copy from which the source reads is damaged, so another source goes on from the entry that it lacks. */
  #leave(source: EntrySource, lacks: number): never {
    source.close();
    // Its position is not used any more, because it is after the entry.
    this.#source = undefined;
    throw new SourceLost(`a replica lacks entry ${lacks}`);
  }

  #decode({ message, info }: FetchedEntry, into: RecordedEvent[]): void {
    const { subject } = message;
    const event = decodeEvent(message.string(), subject, info.seq, this.#options.stream);
    if (event === undefined) this.#onSkipped(subject, info.seq);
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

/** Distinguishes an error of `onBatch` from errors of the connection. */
class HandlerError extends Error {
  constructor(cause: unknown) {
    super("onBatch threw", { cause });
  }
}
