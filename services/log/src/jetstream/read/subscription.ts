import type { RecordedEvent } from "@fleetlog/domain";
import { pauseAfter } from "@fleetlog/runtime";
import { decodeEvent } from "../../decode.ts";
import { matchesCategories } from "../../filter.ts";
import type { LazySubscribeOptions, Subscription } from "../../log.ts";
import type { ServerConnection } from "../connection/server-connection.ts";
import type { Entries } from "./entry-buffer.ts";
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
  readonly #options: LazySubscribeOptions;
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
    options: LazySubscribeOptions,
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
        // The next source begins after all that this one has passed, so that the server does not search the same part again.
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
      const wanted: number[] = [];
      let through = 0;
      let pending = 0;
      let lacks: number | undefined;
      let skippedLast: number | undefined;
      for (let i = 0; i < entries.length; i++) {
        const seq = entries.seq(i);
        if (seq < this.#next) continue;
        if (seq > expected && !(await this.#isMissing(expected, seq - 1))) {
          lacks = expected;
          break;
        }
        if (seq >= expected) expected = seq + 1;
        this.#next = seq + 1;
        through = seq;
        pending = entries.pending(i);
        if (matches === undefined && isWanted === undefined) {
          wanted.push(i);
          continue;
        }
        const subject = entries.subject(i);
        if (matches !== undefined && !matches(subject)) continue;
        skippedLast = isWanted === undefined || isWanted(subject) ? undefined : i;
        if (skippedLast === undefined) wanted.push(i);
      }
      if (skippedLast !== undefined) wanted.push(skippedLast);
      // An empty batch only reports that the end is reached.
      const isReported = wanted.length > 0 || (pending === 0 && !caughtUp);
      if (through > 0 && !this.#stopped && isReported) {
        caughtUp = pending === 0;
        const events = this.#decoded(entries, wanted);
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
    // The source's position is not used any more, because it is after that entry.
    this.#source = undefined;
    throw new SourceLost(`a replica lacks entry ${lacks}`);
  }

  *#decoded(entries: Entries, wanted: readonly number[]): Generator<RecordedEvent> {
    for (const i of wanted) {
      const subject = entries.subject(i);
      const event = decodeEvent(entries.json(i), subject, entries.seq(i), this.#options.stream);
      if (event === undefined) this.#onSkipped(subject, entries.seq(i));
      else yield event;
    }
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
