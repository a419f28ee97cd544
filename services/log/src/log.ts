import type { Category, FleetEvent, RecordedEvent, StreamName } from "@fleetlog/domain";
import type { Missing } from "./missing.ts";

export interface Appended {
  /** Sequence in its stream. For a duplicate, the sequence of the stored event. */
  readonly seq: number;
  /** An event with this id was stored within the duplicate window; nothing was added. */
  readonly duplicate: boolean;
}

export interface AppendOptions {
  /**
   * Append only if the newest event of the subject has this sequence; 0: no event. Otherwise rejects with `conflict`.
   */
  readonly expectedLastSeq?: number;
  /**
  /**
   * Rejects with `log-full` at once while the stream is full, and with `log-unavailable` after this time. Then the
   * append is not sent again; the error says if it may be stored. Default: waits for ever.
   */
  readonly timeoutMs?: number;
}

export interface EventFilter {
  readonly category?: Category;
  /** A device's id; in category `gateway` a gateway's name. */
  readonly entity?: string;
}

export interface ReadQuery extends EventFilter {
  readonly stream: StreamName;
  /** Instead of `category`. A category of another stream matches nothing. */
  readonly categories?: readonly Category[];
  /** Start, inclusive. Default: the stream's first sequence; backwards, the last. */
  readonly fromSeq?: number;
  /** Instead of `fromSeq`, forwards only: start with the first event stored at or after this RFC 3339 timestamp. */
  readonly fromTime?: string;
  readonly direction?: "forwards" | "backwards";
  /** Maximum number of events. Default: all that are stored at the start. */
  readonly limit?: number;
}

export interface Batch {
  /** In log order, without entries that are not Fleetlog events. */
  readonly events: readonly RecordedEvent[];
  /** Every matching entry up to this sequence was delivered. */
  readonly throughSeq: number;
  /** Further matching entries when this batch was read; 0: caught up. */
  readonly pending: number;
}

export interface SubscribeOptions extends EventFilter {
  readonly stream: StreamName;
  /** The first sequence to deliver. `new`: only later events. */
  readonly from: number | "new";
  /** Default all. Other events are skipped, except the last event of a batch, which shows how far the subscriber is. */
  readonly categories?: readonly Category[];
  /** Maximum events of a batch; default 512. */
  readonly maxBatch?: number;
  /** The next batch waits for the promise. An error ends the subscription. */
  readonly onBatch: (batch: Batch) => void | Promise<void>;
}

export interface Subscription {
  /** Resolves when the subscription is active: no later event is missed. */
  readonly started: Promise<void>;
  /** Resolves after `stop()`; rejects with the error of `onBatch`. */
  readonly ended: Promise<void>;
  /** Resolves after the current batch, the last one. */
  stop(): Promise<void>;
}

export interface StreamState {
  readonly firstSeq: number;
  /** 0 before the first event. */
  readonly lastSeq: number;
  readonly events: number;
  readonly bytes: number;
  readonly maxBytes: number | undefined;
}

/** `away`: the log can't be reached. `full`: FLEET refuses new events. Nothing is acknowledged then. */
export type LogStatus = "ready" | "away" | "full";

/** The single source of truth. `@fleetlog/log/contract` tests these promises. */
export interface EventLog {
  /**
   * Resolves once the event is stored. Appends are sent in the order of the calls. During an outage they wait, then are
   * sent under the same ids, so that none is lost or stored twice.
   * @throws FleetError `conflict`, `payload-too-large`, `invalid-request`, or `log-unavailable` if window and queue are
   * full or the log is closed
   */
  append(event: FleetEvent, options?: AppendOptions): Promise<Appended>;

  /**
   * Back-pressure, while the window is full or the log can't be reached. Callers should not read from their clients.
   */
  readonly congested: boolean;
  whenRelieved(): Promise<void>;

  /** Where the server syncs each append, results of a read are on disk. Events of a subscription may not be. */
  read(query: ReadQuery): AsyncIterable<RecordedEvent>;
  subscribe(options: SubscribeOptions): Subscription;
  last(category: Category, entity: string): Promise<RecordedEvent | undefined>;
  state(stream: StreamName): Promise<StreamState>;

  readonly status: LogStatus;
  /** Why `status` is `away` although the server answers, with advice; else undefined. */
  readonly problem: string | undefined;
  /** Missing sequences of FLEET that this process has noticed. Each is logged. */
  readonly missing: Missing;
  onStatus(listener: (status: LogStatus) => void): () => void;
}
