import type { Category, FleetEvent, RecordedEvent, StreamName } from "@fleetlog/domain";
import type { Missing } from "./missing.ts";

export interface Appended {
  /** Sequence in its stream. For a duplicate, the sequence of the event that was stored first. */
  readonly seq: number;
  /** An event with this id was already stored within the duplicate window; nothing was added. */
  readonly duplicate: boolean;
}

export interface AppendOptions {
  /**
   * Append only if the newest event of the same subject has this sequence (0: there is none).
   * Otherwise the append rejects with FleetError `conflict`.
   */
  readonly expectedLastSeq?: number;
  /**
   * The time after which the caller gives up. The append rejects with `log-full` at once while the stream is full, and
   * with `log-unavailable` if it is not settled in this time. It is not sent again after that; it can still be stored
   * only if it was in flight, and then the error says so. Default: it waits for as long as it takes.
   */
  readonly timeoutMs?: number;
}

export interface EventFilter {
  readonly category?: Category;
  /** A device id, or a gateway's name in category `gateway`. */
  readonly entity?: string;
}

export interface ReadQuery extends EventFilter {
  readonly stream: StreamName;
  /** Instead of `category`: events of several categories. A category that another stream stores matches nothing. */
  readonly categories?: readonly Category[];
  /**
   * The sequence to start at, inclusive. Forwards: the first event at or after it; default the stream's first.
   * Backwards: the first event at or before it; default the stream's last.
   */
  readonly fromSeq?: number;
  /** Forwards only, instead of `fromSeq`: begin with the first event stored at or after this RFC 3339 timestamp. */
  readonly fromTime?: string;
  /** Default forwards. */
  readonly direction?: "forwards" | "backwards";
  /** Maximum number of events; default all that are stored when the read begins. */
  readonly limit?: number;
}

export interface Batch {
  /** In log order. Entries that are not Fleetlog events are skipped, counted and logged. */
  readonly events: readonly RecordedEvent[];
  /** Every matching entry up to this sequence has been delivered. */
  readonly throughSeq: number;
  /** How many more entries matched when this batch was read; 0 = caught up. */
  readonly pending: number;
}

export interface SubscribeOptions extends EventFilter {
  readonly stream: StreamName;
  /** The first sequence to deliver, such as a checkpoint plus one; `new` = only what is appended from now on. */
  readonly from: number | "new";
  /**
   * Default all. Events of other categories are skipped without being decoded, except the last event of a batch: it is
   * delivered, so that the subscriber knows how far it has read, and in which log.
   */
  readonly categories?: readonly Category[];
  /** Maximum events per batch; default 512. */
  readonly maxBatch?: number;
  /**
   * Called with one batch. The next batch follows when the returned promise has settled, so that a slow subscriber does
   * not fill the memory. If `onBatch` throws, the subscription ends and `ended` rejects with the error.
   */
  readonly onBatch: (batch: Batch) => void | Promise<void>;
}

export interface Subscription {
  /** Resolves when the subscription is active: nothing that is appended later is missed. */
  readonly started: Promise<void>;
  /** Resolves after `stop()`; rejects with the error that `onBatch` threw. */
  readonly ended: Promise<void>;
  /** Delivers no further batch; resolves when the current one is finished. */
  stop(): Promise<void>;
}

export interface StreamState {
  readonly firstSeq: number;
  /** 0 when nothing was ever stored. */
  readonly lastSeq: number;
  readonly events: number;
  readonly bytes: number;
  /** The server's limit; undefined if there is none. */
  readonly maxBytes: number | undefined;
}

/** `away`: the log can't be reached. `full`: FLEET refuses new events. In both cases nothing is acknowledged. */
export type LogStatus = "ready" | "away" | "full";

/** The event log: the single source of truth. Every adapter keeps these promises (see `@fleetlog/log/contract`). */
export interface EventLog {
  /**
   * Resolves once the event is stored. Appends are sent in the order of the calls and pipelined within a limited window;
   * others wait in a queue. While the log can't be reached they wait; then they are sent again with the same id, so that
   * none is lost or stored twice.
   *
   * @throws FleetError `conflict` (expectedLastSeq), `payload-too-large`, `invalid-request` (nested too deep),
   * `log-unavailable` (the window and the bounded queue behind it are full, or the log was closed); with `timeoutMs`
   * also `log-full` and `log-unavailable` as described there. Without `timeoutMs`, appends wait until a full log has
   * space.
   */
  append(event: FleetEvent, options?: AppendOptions): Promise<Appended>;

  /**
   * Back-pressure: true while the window is full or the log can't be reached. Callers should then read nothing more
   * from their clients.
   */
  readonly congested: boolean;
  /** Resolves as soon as `congested` is false. */
  whenRelieved(): Promise<void>;

  /** Where the server syncs each append, what is read is on disk; what a subscription delivers may not be yet. */
  read(query: ReadQuery): AsyncIterable<RecordedEvent>;
  subscribe(options: SubscribeOptions): Subscription;
  /** The newest event of one entity in one category. */
  last(category: Category, entity: string): Promise<RecordedEvent | undefined>;
  state(stream: StreamName): Promise<StreamState>;

  readonly status: LogStatus;
  /** Why `status` is `away` although the server answers, and what to do; undefined if there is no such problem. */
  readonly problem: string | undefined;
  /** Sequences of FLEET that are missing, as far as this process has noticed: each was logged as a warning. */
  readonly missing: Missing;
  /** Calls the listener on every change of `status`; returns a function that removes the listener. */
  onStatus(listener: (status: LogStatus) => void): () => void;
}
