import {
  type Category,
  type FleetEvent,
  type RecordedEvent,
  type StreamName,
  streamOf,
  subjectOf,
} from "@fleetlog/domain";
import { decodeEvent } from "../decode.ts";
import { encodeEvent } from "../encode.ts";
import {
  closedBeforeStored,
  logClosed,
  logFull,
  payloadTooLarge,
  queueFull,
  timedOut,
  unreachable,
  wrongLastSequence,
} from "../errors.ts";
import { AdmissionControl, type AppendWindow } from "../flow/admission.ts";
import { BackPressure } from "../flow/back-pressure.ts";
import { ObservableStatus } from "../flow/observable-status.ts";
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
import { checkEvent, checkQuery } from "../query.ts";
import { entriesInMemory, readMemory } from "./reading.ts";
import type { MemoryServer } from "./server.ts";
import type { NewEntry } from "./stream.ts";
import { MemorySubscription } from "./subscription.ts";

const PAGE = 256;

interface Waiting extends NewEntry {
  readonly stream: StreamName;
  readonly bytes: number;
  /** While the stream is full, the append rejects instead of waiting. */
  readonly failFast: boolean;
  readonly receiver: AppendReceiver;
}

export class MemoryLog implements EventLog {
  readonly problem = undefined;
  readonly missing = { count: 0, isMore: false, ranges: [] };
  readonly #server: MemoryServer;
  readonly #admission: AdmissionControl;
  readonly #backPressure = new BackPressure();
  readonly #status: ObservableStatus;
  readonly #subscriptions = new Set<Subscription>();
  readonly #unsubscribe: () => void;
  #waiting: Waiting[] = [];
  #blocked = false;
  #scheduled = false;
  #closed = false;
  #idle: () => void = () => {};

  constructor(server: MemoryServer, window: AppendWindow = {}) {
    this.#server = server;
    this.#admission = new AdmissionControl(window);
    this.#status = new ObservableStatus(server.reachable ? "ready" : "away");
    this.#unsubscribe = server.onChange(() => this.#changed());
    this.#changed();
  }

  async append(event: FleetEvent, options: AppendOptions = {}): Promise<Appended> {
    const stream = streamOf(checkEvent(event));
    const { id, subject } = event;
    const { promise, resolve, reject } = Promise.withResolvers<Appended>();
    const receiver = { stored: resolve, refused: reject };
    const waiting = this.#push(stream, { id, subject, json: encodeEvent(event) }, receiver, options);
    if (options.timeoutMs === undefined) return promise;
    const timeout = setTimeout(() => this.#timeOut(waiting), options.timeoutMs);
    return promise.finally(() => clearTimeout(timeout));
  }

  appendText(event: SerializedEvent, receiver: AppendReceiver): void {
    this.#push(streamOf(checkEvent(event)), event, receiver, {});
  }

  #push(
    stream: StreamName,
    { id, subject, json }: SerializedEvent,
    receiver: AppendReceiver,
    { expectedLastSeq, timeoutMs }: AppendOptions,
  ): Waiting {
    const bytes = Buffer.byteLength(json);
    if (this.#closed) throw logClosed();
    if (bytes > this.#server.maxPayload) throw payloadTooLarge(bytes);
    if (!this.#admission.admit(bytes)) throw queueFull();
    const failFast = timeoutMs !== undefined;
    const waiting: Waiting = { id, subject, json, expectedLastSeq, stream, bytes, failFast, receiver };
    this.#waiting.push(waiting);
    this.#changed();
    return waiting;
  }

  get congested(): boolean {
    return this.#backPressure.congested;
  }

  whenRelieved(): Promise<void> {
    return this.#backPressure.whenRelieved();
  }

  async *read(query: ReadQuery): AsyncGenerator<RecordedEvent> {
    checkQuery(query);
    this.#requireReachable();
    yield* readMemory(this.#server.stream(query.stream), query);
  }

  async *pages(query: PageQuery): AsyncGenerator<readonly StoredEntry[]> {
    checkQuery(query);
    this.#requireReachable();
    let page: StoredEntry[] = [];
    for (const { seq, subject, json } of entriesInMemory(this.#server.stream(query.stream), query)) {
      page.push({ seq, subject, bytes: Buffer.from(json) });
      if (page.length < PAGE) continue;
      yield page;
      page = [];
    }
    if (page.length > 0) yield page;
  }

  async *entries({ stream: name, fromSeq, toSeq }: EntryRange): AsyncGenerator<StoredEntry> {
    this.#requireReachable();
    const stream = this.#server.stream(name);
    const { firstSeq, lastSeq } = stream.state;
    for (let seq = Math.max(fromSeq, firstSeq); seq <= Math.min(toSeq, lastSeq); seq++) {
      const entry = stream.at(seq);
      if (entry !== undefined) yield { seq, subject: entry.subject, bytes: Buffer.from(entry.json) };
    }
  }

  subscribeLazily(options: LazySubscribeOptions): Subscription {
    return this.subscribe(options);
  }

  subscribe(options: SubscribeOptions): Subscription {
    const subscription = new MemorySubscription(this.#server, options);
    this.#subscriptions.add(subscription);
    const remove = (): void => void this.#subscriptions.delete(subscription);
    subscription.ended.then(remove, remove);
    return subscription;
  }

  async last(category: Category, entity: string): Promise<RecordedEvent | undefined> {
    this.#requireReachable();
    const stream = this.#server.stream(streamOf(category));
    const entry = stream.lastOf(subjectOf(category, entity));
    if (entry === undefined) return undefined;
    const event = decodeEvent(entry.json, entry.subject, entry.seq, stream.name);
    if (event !== undefined) return event;
    for await (const newest of this.read({ stream: stream.name, category, entity, direction: "backwards", limit: 1 }))
      return newest;
    return undefined;
  }

  async state(stream: StreamName): Promise<StreamState> {
    this.#requireReachable();
    return this.#server.stream(stream).state;
  }

  get status(): LogStatus {
    return this.#status.status;
  }

  onStatus(listener: (status: LogStatus) => void): () => void {
    return this.#status.onStatus(listener);
  }

  async close(timeoutMs: number): Promise<void> {
    this.#closed = true;
    if (this.#waiting.length > 0) {
      await new Promise<void>((resolve) => {
        const timeout = setTimeout(resolve, timeoutMs);
        this.#idle = () => {
          clearTimeout(timeout);
          resolve();
        };
      });
    }
    for (const { receiver, bytes } of this.#waiting.splice(0)) {
      this.#admission.release(bytes);
      receiver.refused(closedBeforeStored());
    }
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.stop()));
    this.#unsubscribe();
    this.#backPressure.set(false);
  }

  #timeOut(waiting: Waiting): void {
    const at = this.#waiting.indexOf(waiting);
    if (at < 0) return;
    this.#waiting.splice(at, 1);
    this.#admission.release(waiting.bytes);
    waiting.receiver.refused(timedOut(false));
    this.#updateStatus();
  }

  #requireReachable(): void {
    if (this.#closed || !this.#server.reachable) throw unreachable();
  }

  #changed(): void {
    if (!this.#scheduled && this.#waiting.length > 0 && this.#server.reachable) {
      this.#scheduled = true;
      queueMicrotask(() => this.#store());
    }
    this.#updateStatus();
  }

  #updateStatus(): void {
    const { reachable, hasSpace } = this.#server;
    if (hasSpace && this.#waiting.length === 0) this.#blocked = false;
    this.#status.set(!reachable ? "away" : !hasSpace || this.#blocked ? "full" : "ready");
    this.#backPressure.set(!this.#closed && (!reachable || this.#admission.windowFull));
  }

  /** After an append that does not fit, later appends of its stream wait too. */
  #store(): void {
    this.#scheduled = false;
    if (!this.#server.reachable) return;
    const blocked = new Set<StreamName>(this.#server.hasSpace ? [] : ["FLEET"]);
    let stored = false;
    // Receivers may append, so they are called when the list is whole again.
    const outcomes: (() => void)[] = [];
    this.#waiting = this.#waiting.filter((waiting) => {
      const outcome = blocked.has(waiting.stream) ? "full" : this.#server.stream(waiting.stream).append(waiting);
      if (outcome === "full") {
        blocked.add(waiting.stream);
        if (!waiting.failFast) return true;
        this.#admission.release(waiting.bytes);
        outcomes.push(() => waiting.receiver.refused(logFull()));
        return false;
      }
      this.#admission.release(waiting.bytes);
      if (outcome === "conflict") {
        outcomes.push(() => waiting.receiver.refused(wrongLastSequence(waiting.subject, waiting.expectedLastSeq)));
      } else {
        stored = true;
        outcomes.push(() => waiting.receiver.stored(outcome));
      }
      return false;
    });
    this.#blocked = this.#waiting.some(({ stream }) => blocked.has(stream));
    for (const report of outcomes) report();
    if (this.#waiting.length === 0) this.#idle();
    if (stored) this.#server.changed();
    else this.#updateStatus();
  }
}
