import { randomBytes } from "node:crypto";
import { type FleetEvent, type StreamName, streamOf } from "@fleetlog/domain";
import { encodeEvent } from "../../encode.ts";
import { closedBeforeStored, logClosed, payloadTooLarge, queueFull } from "../../errors.ts";
import { AdmissionControl, type AppendWindow } from "../../flow/admission.ts";
import { BackPressure } from "../../flow/back-pressure.ts";
import { ObservableStatus } from "../../flow/observable-status.ts";
import type { Appended, AppendOptions, AppendReceiver, SerializedEvent, StreamState } from "../../log.ts";
import type { Logger } from "../../logger.ts";
import { checkEvent } from "../../query.ts";
import { steadyTime } from "../../steady-time.ts";
import type { StreamDeclaration } from "../../streams.ts";
import type { ServerConnection } from "../connection/server-connection.ts";
import type { Fetcher } from "../read/fetch.ts";
import { freeBytes } from "../streams/streams.ts";
import { type Ack, parseAck } from "./ack.ts";
import type { PendingAppend } from "./pending.ts";
import { AppendPipeline } from "./pipeline.ts";
import type { PipelineHost, PipelineTiming } from "./pipeline-host.ts";
import { findStored, mayFollow } from "./stored.ts";

/** Upper bound for an event's headers, which count towards the server's maximum payload. */
const OVERHEAD = 1_024;
const NO_OPTIONS: AppendOptions = {};

/**
 * Appends to all streams: gives each event to the pipeline of its stream, and each acknowledgement to the pipeline that
 * sent the event.
 */
export class Appender implements PipelineHost {
  readonly backPressure = new BackPressure();
  readonly status = new ObservableStatus("ready");
  readonly inbox: string;
  readonly #connection: ServerConnection;
  readonly #fetcher: Fetcher;
  readonly #pipelines: readonly AppendPipeline[];
  readonly #admissions: readonly AdmissionControl[];
  readonly #required: readonly { readonly pipeline: AppendPipeline; readonly admission: AdmissionControl }[];
  readonly #indexOf: ReadonlyMap<StreamName, number>;
  readonly #replicas: ReadonlyMap<StreamName, number>;
  readonly #endAcks: () => void;
  readonly #ticker: NodeJS.Timeout;
  /** Whether the server syncs before each acknowledgement; true if unknown. */
  readonly #syncsEach: boolean;
  readonly #batchPrefix = randomBytes(6).toString("base64url");
  #batchCount = 0;
  #ready = true;
  #closed = false;
  #calls = 0;
  #token = 0;
  #idle: () => void = () => {};

  constructor(
    connection: ServerConnection,
    fetcher: Fetcher,
    streams: readonly Pick<StreamDeclaration, "name" | "optional" | "replicas">[],
    window: AppendWindow,
    timing: PipelineTiming,
    sync: string | undefined,
  ) {
    this.#syncsEach = sync === undefined || sync === "always";
    this.#connection = connection;
    this.#fetcher = fetcher;
    this.#admissions = streams.map(() => new AdmissionControl(window));
    this.#pipelines = streams.map(
      (stream, i) => new AppendPipeline(stream, this, this.#admissions[i] ?? new AdmissionControl(window), timing),
    );
    this.#required = streams.flatMap(({ optional }, i) => {
      const [pipeline, admission] = [this.#pipelines[i], this.#admissions[i]];
      return optional === true || pipeline === undefined || admission === undefined ? [] : [{ pipeline, admission }];
    });
    this.#indexOf = new Map(streams.map(({ name }, i) => [name, i]));
    this.#replicas = new Map(streams.map(({ name, replicas }) => [name, replicas]));
    // One inbox for all appends: a subscription costs more than an append.
    this.inbox = `${connection.inbox()}.`;
    const answered = (token: number, ack: Ack) => this.#pipelines[token % streams.length]?.acknowledged(token, ack);
    this.#endAcks = connection.receiveNumbered(
      this.inbox,
      (token, data, start, end) => {
        // The answer to a batch's first message is empty.
        if (start < end) answered(token, parseAck(data, start, end));
      },
      ({ subject, data, headers }) => {
        // A 503 is empty too, but has headers.
        if (data.length > 0 || headers !== undefined) {
          answered(Number(subject.slice(this.inbox.length)), parseAck(data));
        }
      },
    );
    this.#ticker = setInterval(() => this.#tick(), 1_000).unref();
  }

  get logger(): Logger {
    return this.#connection.logger;
  }

  get up(): boolean {
    return this.#ready && this.#connection.up;
  }

  /** Tokens increase. A token modulo the number of pipelines is the index of its pipeline. */
  nextToken({ stream }: { readonly stream: StreamName }): number {
    return this.#token++ * this.#pipelines.length + (this.#indexOf.get(stream) ?? 0);
  }

  get batches(): boolean {
    return this.#syncsEach && this.#connection.capabilities.atomicBatches;
  }

  nextBatchId(): string {
    return `${this.#batchPrefix}${(this.#batchCount++).toString(36)}`;
  }

  write(bytes: Uint8Array): void {
    this.#connection.write(bytes);
  }

  findStored(appends: readonly PendingAppend[]): Promise<ReadonlyMap<string, number>> {
    return findStored(this.#connection, this.#fetcher, appends, (stream) => this.#replicas.get(stream) ?? 1);
  }

  mayFollow(append: PendingAppend): Promise<boolean> {
    return mayFollow(this.#connection, append, (stream) => this.#replicas.get(stream) ?? 1);
  }

  async hasSpace(stream: StreamName, bytes: number): Promise<boolean> {
    return (await freeBytes(this.#connection, stream)) >= bytes + OVERHEAD;
  }

  append(event: FleetEvent, options: AppendOptions): Promise<Appended> {
    const at = this.#indexFor(event);
    const { id, subject } = event;
    const { promise, resolve, reject } = Promise.withResolvers<Appended>();
    const receiver = { stored: resolve, refused: reject };
    const pending = this.#push(at, { id, subject, json: encodeEvent(event) }, receiver, options);
    const { timeoutMs } = options;
    return timeoutMs === undefined ? promise : this.#withTimeout(timeoutMs, at, pending, promise);
  }

  appendText(event: SerializedEvent, receiver: AppendReceiver): void {
    this.#push(this.#indexFor(event), event, receiver, NO_OPTIONS);
  }

  /** The index of the pipeline. */
  #indexFor(event: Pick<FleetEvent, "id" | "subject">): number {
    const at = this.#indexOf.get(streamOf(checkEvent(event)));
    if (at === undefined || this.#closed) throw logClosed();
    return at;
  }

  #push(
    at: number,
    { id, subject, json, newId = false }: SerializedEvent,
    receiver: AppendReceiver,
    { expectedLastSeq, timeoutMs }: AppendOptions,
  ): PendingAppend {
    const admission = this.#admissions[at] as AdmissionControl;
    const bytes = Buffer.byteLength(json);
    if (bytes + OVERHEAD > this.#connection.maxPayload) throw payloadTooLarge(bytes);
    if (!admission.admit(bytes)) throw queueFull();
    if (admission.windowFull) this.updateStatus();
    const pending: PendingAppend = {
      order: this.#calls++,
      id,
      subject,
      json,
      bytes,
      expectedLastSeq,
      newId,
      failFast: timeoutMs !== undefined,
      receiver,
      settled: false,
      inBatch: false,
      attempts: 0,
      firstSentAt: 0,
      sentAt: 0,
      afterSeq: 0,
    };
    this.#pipelines[at]?.push(pending);
    return pending;
  }

  async #withTimeout(
    timeoutMs: number,
    at: number,
    pending: PendingAppend,
    promise: Promise<Appended>,
  ): Promise<Appended> {
    const timeout = setTimeout(() => this.#pipelines[at]?.timeOut(pending), timeoutMs);
    try {
      return await promise;
    } finally {
      clearTimeout(timeout);
    }
  }

  noteState(stream: StreamName, state: Pick<StreamState, "lastSeq" | "replicas">): void {
    this.#pipelines[this.#indexOf.get(stream) ?? 0]?.noteState(state);
  }

  disconnected(): void {
    this.#ready = false;
    for (const pipeline of this.#pipelines) pipeline.disconnected();
    this.updateStatus();
  }

  reconnected(): void {
    this.#ready = true;
    for (const pipeline of this.#pipelines) pipeline.reconnected();
    this.updateStatus();
  }

  updateStatus(): void {
    const away = !this.#ready || this.#required.some(({ pipeline }) => pipeline.problem === "away");
    const full = this.#required.some(({ pipeline }) => pipeline.problem === "full");
    this.status.set(away ? "away" : full ? "full" : "ready");
    this.backPressure.set(!this.#closed && (away || this.#required.some(({ admission }) => admission.windowFull)));
    if (this.#closed && this.#required.every(({ pipeline }) => pipeline.idle)) this.#idle();
  }

  released(): void {
    // An update after each event would take a tenth of an append's time.
    if (this.backPressure.congested || this.#closed) this.updateStatus();
  }

  async close(timeoutMs: number): Promise<void> {
    this.#closed = true;
    await new Promise<void>((resolve) => {
      const timeout = setTimeout(resolve, timeoutMs);
      this.#idle = () => {
        clearTimeout(timeout);
        resolve();
      };
      this.updateStatus();
    });
    clearInterval(this.#ticker);
    for (const pipeline of this.#pipelines) pipeline.rejectAll(closedBeforeStored());
    this.#endAcks();
    this.backPressure.set(false);
  }

  #tick(): void {
    const now = steadyTime();
    if (this.up) for (const pipeline of this.#pipelines) pipeline.tick(now);
  }
}
