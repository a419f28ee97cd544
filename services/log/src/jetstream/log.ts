import {
  type Category,
  FleetError,
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
import { untilFound } from "./connection/attempt.ts";
import type { ServerConnection } from "./connection/server-connection.ts";
import { createConsumer } from "./read/consumer.ts";
import { lastMessage } from "./read/direct.ts";
import type { Fetcher } from "./read/fetch.ts";
import { planSubscription } from "./read/plan.ts";
import { Reader } from "./read/reader.ts";
import { PullSource } from "./read/source.ts";
import { JetStreamSubscription } from "./read/subscription.ts";
import { type HandOver, handOversOf } from "./streams/hand-over.ts";
import { NoLeader } from "./streams/stream-info.ts";
import { ensureStream, streamState } from "./streams/streams.ts";
import { DamagedStore, firstReadable, surelyLacks } from "./streams/verify.ts";

/**
 * With batches of 1,024, entries in flight outlive the garbage collector's young generation, which costs more than
 * requests do.
 */
const PULL_BATCH = 256;
const INACTIVE_MS = 60_000;
const READY_RETRY_FOR_MS = 30_000;

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

function sentences({ message, advice }: FleetError): string {
  return advice === undefined ? message : `${message}. ${advice}`;
}

export class JetStreamLog implements EventLog {
  readonly #connection: ServerConnection;
  readonly #streams: readonly StreamDeclaration[];
  readonly #appender: Appender;
  readonly #updatesStreams: boolean;
  readonly #reader: Reader;
  readonly #subscriptions = new Set<Subscription>();
  readonly missing: MissingSeqs;
  /** For the streams that keep all their entries. */
  readonly #handOvers: ReadonlyMap<StreamName, HandOver>;
  readonly #verifying: NodeJS.Timeout;
  #problem: string | undefined;
  #preparing = false;
  #skipped = 0;
  #closed = false;

  constructor(connection: ServerConnection, fetcher: Fetcher, options: JetStreamLogOptions) {
    const { streams, window, timing, sync } = options;
    this.#updatesStreams = options.updatesStreams;
    this.#connection = connection;
    this.missing = new MissingSeqs(connection.logger);
    this.#verifying = setInterval(() => void this.#verifyAgain(), options.timing.verifyMs).unref();
    this.#streams = streams;
    const onMissing = (from: number, to: number): void => this.missing.add(from, to);
    const { updatesStreams: mayHandOver, buckets } = options;
    this.#handOvers = handOversOf(connection, streams, { onMissing, mayHandOver, buckets });
    this.#appender = new Appender(connection, fetcher, streams, window, timing, sync);
    this.#reader = new Reader(
      connection,
      fetcher,
      (stream) => this.#replicas(stream),
      (subject, seq) => this.#skip(subject, seq),
    );
    connection.onChange((up) => {
      if (!up) this.#appender.disconnected();
      else void this.#waitForStreams();
    });
  }

  /** Number of skipped entries that are not Fleetlog events. */
  get skipped(): number {
    return this.#skipped;
  }

  /** @throws FleetError `log-unavailable` if a stream can't be configured as declared */
  async prepare(retryForMs: number): Promise<void> {
    await this.#connection.askCapabilities(retryForMs);
    for (const declared of this.#streams)
      if (declared.optional !== true) await this.#prepareStream(declared, retryForMs);
    for (const declared of this.#streams)
      if (declared.optional === true) void this.#prepareOptional(declared, retryForMs);
  }

  #prepareStream(declared: StreamDeclaration, retryForMs: number): Promise<void> {
    return untilFound(this.#connection, declared.name, retryForMs, async () => {
      await ensureStream(this.#connection, declared, retryForMs, this.#updatesStreams);
      await this.#handOvers.get(declared.name)?.verify(retryForMs);
      this.#appender.noteState(declared.name, await streamState(this.#connection, declared.name, retryForMs));
    });
  }

  /** Processes start without waiting for an optional stream. */
  async #prepareOptional(declared: StreamDeclaration, retryForMs: number): Promise<void> {
    try {
      await this.#prepareStream(declared, retryForMs);
    } catch (error) {
      if (!this.#connection.up || this.#closed) return;
      this.#connection.logger.warn(
        { err: error, stream: declared.name },
        "a stream is not ready; its events are not stored",
      );
    }
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
    const { stream, from } = options;
    subjectFilter(stream, options);
    const subscription = new JetStreamSubscription(this.#connection, options, {
      first: async () => (from === "new" ? (await this.state(stream)).lastSeq + 1 : Math.max(from, 1)),
      open: async (seq) => {
        const { firstSeq, lastSeq } = await this.state(stream);
        const { filter, matches } = planSubscription(this.#connection.capabilities, stream, options);
        const gapless = filter === undefined && this.#isKept(stream);
        const first = Math.max(seq, firstSeq);
        const start = gapless ? await firstReadable(this.#connection, stream, first, lastSeq) : seq;
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
    return this.#problem;
  }

  async close(timeoutMs: number): Promise<void> {
    this.#closed = true;
    clearInterval(this.#verifying);
    await this.#appender.close(timeoutMs);
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.stop()));
  }

  /** JetStream may still recover its store, so appends continue only when the streams answer. */
  async #waitForStreams(): Promise<void> {
    if (this.#preparing) return;
    this.#preparing = true;
    await this.#prepareUntilReady();
    this.#preparing = false;
  }

  async #prepareUntilReady(): Promise<void> {
    while (this.#connection.up && !this.#closed) {
      try {
        await this.prepare(READY_RETRY_FOR_MS);
        this.#problem = undefined;
        if (this.#connection.up) this.#appender.reconnected();
        return;
      } catch (error) {
        if (error instanceof FleetError) this.#problem = sentences(error);
        this.#connection.logger.error({ err: error }, "the log's streams are not ready; trying again");
        await new Promise((resolve) => setTimeout(resolve, 1_000));
      }
    }
  }

  #isKept(stream: StreamName): boolean {
    return this.#streams.find(({ name }) => name === stream)?.whenFull === "refuse-new";
  }

  /** A damaged store acknowledges events that can't be read. */
  async #verifyAgain(): Promise<void> {
    if (!this.#connection.up || this.#preparing || this.#closed) return;
    try {
      for (const handOver of this.#handOvers.values()) await handOver.verify();
      this.#problem = undefined;
    } catch (error) {
      if (error instanceof NoLeader) this.#problem = sentences(error);
      // The connection handles a lost connection, so only a damaged store is handled here.
      if (!(error instanceof DamagedStore) || !this.#connection.up || this.#closed) return;
      this.#problem = sentences(error);
      this.#connection.logger.error({ err: error }, "the log can't be trusted; nothing is acknowledged");
      this.#appender.disconnected();
      await this.#waitForStreams();
    }
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
