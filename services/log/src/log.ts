import type { Category, FleetEvent, RecordedEvent, StreamName } from "@fleetlog/domain";
import type { Missing } from "./missing.ts";

export interface Appended {
  /** The sequence in the stream; for a duplicate, that of the stored event. */
  readonly seq: number;
  /** Whether an event with this id was already stored within the duplicate window; then nothing was added. */
  readonly duplicate: boolean;
}

export interface AppendOptions {
  /**
   * Appends only if the newest entry of the subject has this sequence. With 0, the subject must have no entry.
   * Otherwise rejects with `conflict`. Entries that are not Fleetlog events count: {@link EventLog.pages} has them.
   */
  readonly expectedLastSeq?: number;
  /**
   * Rejects at once with `log-full` while the stream is full, and with `log-unavailable` after this time. The append is
   * then not sent again, and the error says whether it may be stored. Default: waits for ever.
   */
  readonly timeoutMs?: number;
}

/** An event as text. The caller has made it: the log does not parse `json`. */
export interface SerializedEvent {
  readonly id: string;
  readonly subject: string;
  /** The whole event. */
  readonly json: string;
  /** Whether the id was made for this event. Then nothing looks for an earlier append of the event. */
  readonly newId?: boolean;
}

/** Gets the outcome of an append: one call, never during the call of `appendText`. Must not throw. */
export interface AppendReceiver {
  stored(appended: Appended): void;
  /** @param error as {@link EventLog.append} throws it */
  refused(error: Error): void;
}

export interface EventFilter {
  readonly category?: Category;
  /** A device's id; in category `gateway` a gateway's name. */
  readonly entity?: string;
}

export interface ReadQuery extends EventFilter {
  readonly stream: StreamName;
  /** Replaces `category`. A category of another stream matches nothing. */
  readonly categories?: readonly Category[];
  /** The first sequence of the read. Default: the stream's first sequence or, backwards, its last. */
  readonly fromSeq?: number;
  /**
   * Replaces `fromSeq`, forwards only: the read starts with the first event stored at or after this RFC 3339 timestamp.
   */
  readonly fromTime?: string;
  readonly direction?: "forwards" | "backwards";
  /** The maximum number of events. Default: all that are stored at the start. */
  readonly limit?: number;
  /**
   * Only events whose ids pass, as if others were not stored. A long read forwards from `fromSeq` does not transfer the
   * payloads of the others.
   */
  readonly ids?: (id: string) => boolean;
}

export type PageQuery = Omit<ReadQuery, "limit" | "ids">;

export interface Batch {
  /** The events in log order, without entries that are not Fleetlog events. */
  readonly events: readonly RecordedEvent[];
  /** Every matching entry up to this sequence was delivered. */
  readonly throughSeq: number;
  /** The number of further matching entries when this batch was read; 0 if the subscriber has caught up. */
  readonly pending: number;
}

/** A {@link Batch} whose events are decoded one by one: its memory does not grow with the number of events. */
export interface LazyBatch extends Omit<Batch, "events"> {
  /** To be read once, before the promise of `onBatch` resolves. */
  readonly events: Iterable<RecordedEvent>;
}

export interface LazySubscribeOptions extends Omit<SubscribeOptions, "onBatch"> {
  readonly onBatch: (batch: LazyBatch) => void | Promise<void>;
}

export interface SubscribeOptions extends EventFilter {
  readonly stream: StreamName;
  /** The first sequence to deliver. `new`: only later events. */
  readonly from: number | "new";
  /** Default: all. Other events are skipped, except the last of a batch, which shows how far the subscriber is. */
  readonly categories?: readonly Category[];
  /** The most events of a batch; default 512. */
  readonly maxBatch?: number;
  /** The next batch waits for the promise. An error ends the subscription. */
  readonly onBatch: (batch: Batch) => void | Promise<void>;
}

export interface Subscription {
  /**
   * Resolves when the subscription is active, so that no later event is missed: with the sequence at which it began, or
   * 0 if it has ended before.
   */
  readonly started: Promise<number>;
  /** Resolves after `stop()`; rejects with the error of `onBatch`. */
  readonly ended: Promise<void>;
  /** Resolves after the current batch, which is the last. */
  stop(): Promise<void>;
}

/** An entry of a stream, with the bytes that the server stores. */
export interface StoredEntry {
  readonly seq: number;
  readonly subject: string;
  /** The payload, without headers. May share memory with other entries. */
  readonly bytes: Uint8Array;
}

export interface EntryRange {
  readonly stream: StreamName;
  readonly fromSeq: number;
  readonly toSeq: number;
}

export interface StreamState {
  readonly firstSeq: number;
  /** 0 before the first event. */
  readonly lastSeq: number;
  readonly events: number;
  readonly bytes: number;
  readonly maxBytes: number | undefined;
  /** Servers that store the stream; with more than one, this state may be an old one: see {@link lastingDifference}. */
  readonly replicas: number;
}

/** `away`: the log can't be reached. `full`: FLEET refuses new events. In both states nothing is acknowledged. */
export type LogStatus = "ready" | "away" | "full";

/** The single source of truth. `@fleetlog/log/contract` tests these promises. */
export interface EventLog {
  /**
   * Resolves once the event is stored. Appends are sent in the order of the calls. During an outage they wait, and are
   * then sent under the same ids, so that none is lost or stored twice.
   * @throws FleetError `conflict`, `payload-too-large`, `invalid-request`, or `log-unavailable` if too many appends wait
   * or the log is closed
   */
  append(event: FleetEvent, options?: AppendOptions): Promise<Appended>;

  /**
   * As {@link append}, in one order with it, but without a promise and without serializing: for tens of thousands of
   * events a second.
   */
  appendText(event: SerializedEvent, receiver: AppendReceiver): void;

  /**
   * True while as many appends as allowed have been sent and not answered, or the log can't be reached. Callers should
   * then not read from their clients.
   */
  readonly congested: boolean;
  whenRelieved(): Promise<void>;

  /** If the server syncs each append, the results of a read are on disk. Events of a subscription may not be. */
  read(query: ReadQuery): AsyncIterable<RecordedEvent>;
  /**
   * The entries of a {@link read}, as they are stored and many at a time, with those that are not Fleetlog events. For
   * long reads: decoding each event, and waiting for each, takes most of their time.
   */
  pages(query: PageQuery): AsyncIterable<readonly StoredEntry[]>;
  /** All entries of the range that are stored, in their order, with those that are not Fleetlog events. */
  entries(range: EntryRange): AsyncIterable<StoredEntry>;
  subscribe(options: SubscribeOptions): Subscription;
  /** As {@link subscribe}, with less garbage and memory, for long batches. */
  subscribeLazily(options: LazySubscribeOptions): Subscription;
  /** The newest event of an entity. Entries after it that are not Fleetlog events are skipped. */
  last(category: Category, entity: string): Promise<RecordedEvent | undefined>;
  state(stream: StreamName): Promise<StreamState>;

  readonly status: LogStatus;
  /** Why `status` is `away` although the server answers, with advice; otherwise undefined. */
  readonly problem: string | undefined;
  /** Missing sequences of FLEET that this process has noticed. Each is logged. */
  readonly missing: Missing;
  onStatus(listener: (status: LogStatus) => void): () => void;
}
