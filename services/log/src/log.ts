import type { Category, FleetEvent, RecordedEvent, StreamName } from "@fleetlog/domain";

export interface Appended {
  /** Sequence in its stream. For a duplicate, that of the event that was there first. */
  readonly seq: number;
  /** The log held an event with this id already, within its duplicate window; nothing was added. */
  readonly duplicate: boolean;
}

export interface AppendOptions {
  /**
   * Append only if the newest event of the same subject has this sequence (0: there is none).
   * Otherwise the append rejects with FleetError `conflict`.
   */
  readonly expectedLastSeq?: number;
  /**
   * For callers who wait for the answer and go away without it: refuse rather than keep. While the stream is full the
   * append rejects at once with FleetError `log-full`; not settled within so many milliseconds, with `log-unavailable`.
   * It is not sent again afterwards: it can come to be stored only if it was on its way then, and the error says so.
   * Default: it waits for as long as it takes.
   */
  readonly patienceMs?: number;
}

export interface EventFilter {
  readonly category?: Category;
  /** A device id, or a gateway's name in category `gateway`. */
  readonly entity?: string;
}

export interface ReadQuery extends EventFilter {
  readonly stream: StreamName;
  /** Instead of `category`: events of several. Those that are kept in another stream have none here. */
  readonly categories?: readonly Category[];
  /**
   * Where to begin, inclusive. Forwards: the first event at or after it; default the stream's first.
   * Backwards: the first event at or before it; default the stream's last.
   */
  readonly fromSeq?: number;
  /** Forwards only, instead of `fromSeq`: begin with the first event stored at or after this RFC 3339 moment. */
  readonly fromTime?: string;
  /** Default forwards. */
  readonly direction?: "forwards" | "backwards";
  /** At most so many events; default all that are there when the read begins. */
  readonly limit?: number;
}

export interface Batch {
  /** In log order. Entries that are no Fleetlog events are left out, counted and logged; they stop nobody. */
  readonly events: readonly RecordedEvent[];
  /** Every entry up to and including this sequence that passes the filter has been handed over. */
  readonly throughSeq: number;
  /** How many more entries were waiting when this batch was read; 0 = caught up. */
  readonly pending: number;
}

export interface SubscribeOptions extends EventFilter {
  readonly stream: StreamName;
  /** The first sequence wanted: a checkpoint plus one; `new` for what is appended from now on. */
  readonly from: number | "new";
  /**
   * Default all. The events of other categories are left out unread, except the last of a batch: by it a reader knows
   * which log it has read, and how far.
   */
  readonly categories?: readonly Category[];
  /** At most so many events a batch; default 512. */
  readonly maxBatch?: number;
  /**
   * Takes one batch; the next comes when its promise has settled, so that a slow reader bounds what is in memory.
   * Throwing ends the subscription: `ended` rejects with what was thrown.
   */
  readonly onBatch: (batch: Batch) => void | Promise<void>;
}

export interface Subscription {
  /** Resolves when the subscription is in place: nothing appended after it is missed. */
  readonly started: Promise<void>;
  /** Settles when the subscription has ended: by `stop()`, or rejects with what `onBatch` threw. */
  readonly ended: Promise<void>;
  /** Takes no further batch; resolves when the one under way is done. */
  stop(): Promise<void>;
}

export interface StreamState {
  readonly firstSeq: number;
  /** 0 when nothing was ever stored. */
  readonly lastSeq: number;
  readonly events: number;
  readonly bytes: number;
  /** What it may grow to, as the server has it; undefined without limit. */
  readonly maxBytes: number | undefined;
}

/** `away`: not reached; `full`: FLEET refuses new events for want of room. In both nothing is acknowledged. */
export type LogStatus = "ready" | "away" | "full";

/** The event log: the one source of truth. All adapters keep every promise below (see `@fleetlog/log/contract`). */
export interface EventLog {
  /**
   * Resolves once the event is stored. Appends go out in the order of their calls and are pipelined within a bounded
   * window; past it they wait. While the log is away they wait, are sent again with the same id when it is back, and
   * are not lost and not doubled.
   *
   * @throws FleetError `conflict` (expectedLastSeq), `payload-too-large`, `invalid-request` (nested too deep),
   * `log-unavailable` (the window and the bounded queue before it are full, or the log was closed); with `patienceMs`
   * also `log-full` and `log-unavailable` as said there. Without it, appends to a full log wait until there is room again.
   */
  append(event: FleetEvent, options?: AppendOptions): Promise<Appended>;

  /** True while the window is full or the log can't be reached: read nothing more from your peers. */
  readonly congested: boolean;
  /** Resolves as soon as `congested` is false. */
  whenRelieved(): Promise<void>;

  read(query: ReadQuery): AsyncIterable<RecordedEvent>;
  subscribe(options: SubscribeOptions): Subscription;
  /** The newest event of one entity in one category. */
  last(category: Category, entity: string): Promise<RecordedEvent | undefined>;
  state(stream: StreamName): Promise<StreamState>;

  readonly status: LogStatus;
  /** Calls back on every change of `status`; returns the way to stop it. */
  onStatus(listener: (status: LogStatus) => void): () => void;
}
