import {
  type Category,
  type FleetEvent,
  type RecordedEvent,
  type StreamName,
  streamOf,
  subjectOf,
} from "@fleetlog/domain";
import type { Buckets } from "../buckets.ts";
import { decodeEvent } from "../decode.ts";
import { unreachable } from "../errors.ts";
import { subjectFilter } from "../filter.ts";
import type { AppendWindow } from "../flow/admission.ts";
import type {
  Appended,
  AppendOptions,
  AppendReceiver,
  EntryRange,
  EventLog,
  LazySubscribeOptions,
  LogStatus,
  PageQuery,
  ReadQuery,
  SerializedEvent,
  StoredEntry,
  StreamState,
  SubscribeOptions,
  Subscription,
} from "../log.ts";
import { MissingSeqs } from "../missing.ts";
import type { StreamDeclaration } from "../streams.ts";
import { Appender } from "./append/appender.ts";
import type { PipelineTiming } from "./append/pipeline-host.ts";
import type { ServerConnection } from "./connection/server-connection.ts";
import { createConsumer } from "./read/consumer.ts";
import { lastMessage } from "./read/direct.ts";
import type { Fetcher } from "./read/fetch.ts";
import { planSubscription } from "./read/plan.ts";
import { Reader } from "./read/reader.ts";
import { PullSource } from "./read/source.ts";
import { JetStreamSubscription } from "./read/subscription.ts";
import { PreparedStreams } from "./streams/prepared-streams.ts";
import { streamState } from "./streams/streams.ts";
import { firstKept, surelyLacks } from "./streams/verify.ts";

/**
 * With batches of 1,024, entries in flight outlive the garbage collector's young generation, which costs more than
 * requests do.
 */
const PULL_BATCH = 256;
const INACTIVE_MS = 60_000;

export interface LogTiming extends PipelineTiming {
  /** How often each stream's newest entry is read back. Streams that delete entries are left out. */
  readonly verifyMs: number;
}

export interface JetStreamLogOptions {
  readonly streams: readonly StreamDeclaration[];
  readonly window: AppendWindow;
  readonly timing: LogTiming;
  readonly updatesStreams: boolean;
  readonly sync: string | undefined;
  /** For what gateways share about damaged copies. Undefined: nothing is shared. */
  readonly buckets?: Buckets | undefined;
}

export class JetStreamLog implements EventLog {
  readonly #connection: ServerConnection;
  readonly #streams: readonly StreamDeclaration[];
  readonly #appender: Appender;
  readonly #prepared: PreparedStreams;
  readonly #reader: Reader;
  readonly #subscriptions = new Set<Subscription>();
  readonly missing: MissingSeqs;
  #skipped = 0;
  #closed = false;

  constructor(connection: ServerConnection, fetcher: Fetcher, options: JetStreamLogOptions) {
    const { streams, window, timing, updatesStreams, sync, buckets } = options;
    this.#connection = connection;
    this.missing = new MissingSeqs(connection.logger);
    this.#streams = streams;
    const appender = new Appender(connection, fetcher, streams, window, timing, sync);
    this.#appender = appender;
    const onMissing = (from: number, to: number): void => this.missing.add(from, to);
    const { verifyMs } = timing;
    const prepared = { streams, appender, updatesStreams, verifyMs, onMissing, buckets };
    this.#prepared = new PreparedStreams(connection, prepared);
    this.#reader = new Reader(
      connection,
      fetcher,
      (stream) => this.#replicas(stream),
      (subject, seq) => this.#skip(subject, seq),
    );
  }

  /** Number of skipped entries that are not Fleetlog events. */
  get skipped(): number {
    return this.#skipped;
  }

  /** @throws FleetError `log-unavailable` if a stream can't be configured as declared */
  prepare(retryForMs: number): Promise<void> {
    return this.#prepared.prepare(retryForMs);
  }

  async append(event: FleetEvent, options: AppendOptions = {}): Promise<Appended> {
    return this.#appender.append(event, options);
  }

  appendText(event: SerializedEvent, receiver: AppendReceiver): void {
    this.#appender.appendText(event, receiver);
  }

  get congested(): boolean {
    return this.#appender.backPressure.congested;
  }

  whenRelieved(): Promise<void> {
    return this.#appender.backPressure.whenRelieved();
  }

  read(query: ReadQuery): AsyncIterable<RecordedEvent> {
    return this.#reader.read(query);
  }

  pages(query: PageQuery): AsyncIterable<readonly StoredEntry[]> {
    return this.#reader.pages(query);
  }

  entries(range: EntryRange): AsyncIterable<StoredEntry> {
    return this.#reader.entries(range);
  }

  subscribe(options: SubscribeOptions): Subscription {
    const { onBatch } = options;
    return this.subscribeLazily({ ...options, onBatch: (batch) => onBatch({ ...batch, events: [...batch.events] }) });
  }

  subscribeLazily(options: LazySubscribeOptions): Subscription {
    const { stream, from } = options;
    subjectFilter(stream, options);
    const subscription = new JetStreamSubscription(this.#connection, options, {
      first: async () => (from === "new" ? (await this.state(stream)).lastSeq + 1 : Math.max(from, 1)),
      open: async (seq) => {
        const { firstSeq, lastSeq } = await this.state(stream);
        const { filter, matches } = planSubscription(this.#connection.capabilities, stream, options);
        const gapless = filter === undefined && this.#isKept(stream);
        const first = Math.max(seq, firstSeq);
        const start = gapless ? await firstKept(this.#connection, stream, first, lastSeq) : seq;
        if (start === undefined) throw unreachable(new Error(`the leader of ${stream} lacks entries up to ${lastSeq}`));
        if (start > first && gapless) this.missing.add(first, start - 1);
        const consumer = await createConsumer(this.#connection, {
          stream,
          filter,
          start: { seq: start },
          inactiveMs: INACTIVE_MS,
        });
        return {
          source: new PullSource(this.#connection, stream, consumer, PULL_BATCH),
          matches,
          gaplessFrom: gapless ? start : undefined,
        };
      },
      isMissing: async (from, to) => {
        const lost = this.#replicas(stream) === 1 || (await surelyLacks(this.#connection, stream, from, to));
        if (lost) this.missing.add(from, to);
        return lost;
      },
      onSkipped: (subject, seq) => this.#skip(subject, seq),
    });
    this.#subscriptions.add(subscription);
    const remove = (): void => void this.#subscriptions.delete(subscription);
    subscription.ended.then(remove, remove);
    return subscription;
  }

  async last(category: Category, entity: string): Promise<RecordedEvent | undefined> {
    const stream = streamOf(category);
    const subject = subjectOf(category, entity);
    if (this.#closed) throw unreachable();
    const message = await lastMessage(this.#connection, stream, subject, this.#replicas(stream));
    if (message === undefined) return undefined;
    const event = decodeEvent(message.json, subject, message.seq, stream);
    if (event !== undefined) return event;
    // The newest entry is not an event, and so is skipped by this read.
    for await (const newest of this.read({ stream, category, entity, direction: "backwards", limit: 1 })) return newest;
    return undefined;
  }

  async state(stream: StreamName): Promise<StreamState> {
    return streamState(this.#connection, stream);
  }

  get status(): LogStatus {
    return this.#appender.status.status;
  }

  onStatus(listener: (status: LogStatus) => void): () => void {
    return this.#appender.status.onStatus(listener);
  }

  get problem(): string | undefined {
    return this.#prepared.problem;
  }

  async close(timeoutMs: number): Promise<void> {
    this.#closed = true;
    this.#prepared.close();
    await this.#appender.close(timeoutMs);
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.stop()));
  }

  #isKept(stream: StreamName): boolean {
    return this.#streams.find(({ name }) => name === stream)?.whenFull === "refuse-new";
  }

  #replicas(stream: StreamName): number {
    return this.#streams.find(({ name }) => name === stream)?.replicas ?? 1;
  }

  #skip(subject: string, seq: number): void {
    this.#skipped += 1;
    this.#connection.logger.warn(
      { subject, seq, skipped: this.#skipped },
      "skipped an entry of the log that is not a Fleetlog event",
    );
  }
}
