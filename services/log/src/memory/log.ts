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
import { Pressure } from "../flow/pressure.ts";
import { StatusBoard } from "../flow/status.ts";
import { type AppendWindow, Gate } from "../flow/window.ts";
import type {
  Appended,
  AppendOptions,
  EventLog,
  LogStatus,
  ReadQuery,
  StreamState,
  SubscribeOptions,
  Subscription,
} from "../log.ts";
import { checkEvent, checkQuery } from "../query.ts";
import { closed, full, movedOn, notReached, notStored, outOfPatience, overrun, tooLarge } from "../refusals.ts";
import { readMemory } from "./reading.ts";
import type { MemoryServer } from "./server.ts";
import type { Offer } from "./stream.ts";
import { MemorySubscription } from "./subscription.ts";

interface Waiting extends Offer {
  readonly stream: StreamName;
  readonly bytes: number;
  /** Rejects rather than waits while the stream is full. */
  readonly impatient: boolean;
  readonly resolve: (appended: Appended) => void;
  readonly reject: (error: Error) => void;
}

/** One process' view of the memory server: its own window, its own status. */
export class MemoryLog implements EventLog {
  readonly #server: MemoryServer;
  readonly #gate: Gate;
  readonly #pressure = new Pressure();
  readonly #board: StatusBoard;
  readonly #subscriptions = new Set<Subscription>();
  readonly #forget: () => void;
  #waiting: Waiting[] = [];
  #refused = false;
  #scheduled = false;
  #closed = false;
  #idle: () => void = () => {};

  constructor(server: MemoryServer, window: AppendWindow = {}) {
    this.#server = server;
    this.#gate = new Gate(window);
    this.#board = new StatusBoard(server.reachable ? "ready" : "away");
    this.#forget = server.onChange(() => this.#changed());
    this.#changed();
  }

  async append(event: FleetEvent, options: AppendOptions = {}): Promise<Appended> {
    const stream = streamOf(checkEvent(event));
    const json = encodeEvent(event);
    const bytes = Buffer.byteLength(json);
    if (this.#closed) throw closed();
    if (bytes > this.#server.maxPayload) throw tooLarge(bytes);
    const { expectedLastSeq, patienceMs } = options;
    if (!this.#gate.admit(bytes)) throw overrun();
    const { promise, resolve, reject } = Promise.withResolvers<Appended>();
    const { id, subject } = event;
    const impatient = patienceMs !== undefined;
    const waiting: Waiting = { id, subject, json, expectedLastSeq, stream, bytes, impatient, resolve, reject };
    this.#waiting.push(waiting);
    this.#changed();
    if (patienceMs === undefined) return promise;
    const late = setTimeout(() => this.#giveUp(waiting), patienceMs);
    return promise.finally(() => clearTimeout(late));
  }

  get congested(): boolean {
    return this.#pressure.congested;
  }

  whenRelieved(): Promise<void> {
    return this.#pressure.whenRelieved();
  }

  async *read(query: ReadQuery): AsyncGenerator<RecordedEvent> {
    checkQuery(query);
    this.#reach();
    yield* readMemory(this.#server.stream(query.stream), query);
  }

  subscribe(options: SubscribeOptions): Subscription {
    const subscription = new MemorySubscription(this.#server, options);
    this.#subscriptions.add(subscription);
    const forget = (): void => void this.#subscriptions.delete(subscription);
    subscription.ended.then(forget, forget);
    return subscription;
  }

  async last(category: Category, entity: string): Promise<RecordedEvent | undefined> {
    this.#reach();
    const stream = this.#server.stream(streamOf(category));
    const entry = stream.lastOf(subjectOf(category, entity));
    return entry === undefined ? undefined : decodeEvent(entry.json, entry.subject, entry.seq, stream.name);
  }

  async state(stream: StreamName): Promise<StreamState> {
    this.#reach();
    return this.#server.stream(stream).state;
  }

  get status(): LogStatus {
    return this.#board.status;
  }

  onStatus(listener: (status: LogStatus) => void): () => void {
    return this.#board.onStatus(listener);
  }

  async close(timeoutMs: number): Promise<void> {
    this.#closed = true;
    if (this.#waiting.length > 0) {
      await new Promise<void>((resolve) => {
        const late = setTimeout(resolve, timeoutMs);
        this.#idle = () => {
          clearTimeout(late);
          resolve();
        };
      });
    }
    for (const { reject, bytes } of this.#waiting.splice(0)) {
      this.#gate.release(bytes);
      reject(notStored());
    }
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.stop()));
    this.#forget();
    this.#pressure.set(false);
  }

  #giveUp(waiting: Waiting): void {
    const at = this.#waiting.indexOf(waiting);
    if (at < 0) return;
    this.#waiting.splice(at, 1);
    this.#gate.release(waiting.bytes);
    waiting.reject(outOfPatience(false));
    this.#report();
  }

  #reach(): void {
    if (this.#closed || !this.#server.reachable) throw notReached();
  }

  #changed(): void {
    if (!this.#scheduled && this.#waiting.length > 0 && this.#server.reachable) {
      this.#scheduled = true;
      queueMicrotask(() => this.#store());
    }
    this.#report();
  }

  #report(): void {
    const { reachable, room } = this.#server;
    if (room && this.#waiting.length === 0) this.#refused = false;
    this.#board.set(!reachable ? "away" : !room || this.#refused ? "full" : "ready");
    this.#pressure.set(!this.#closed && (!reachable || this.#gate.full));
  }

  /** Stores what waits, in order; what finds no room waits on, and so does all that comes after it in its stream. */
  #store(): void {
    this.#scheduled = false;
    if (!this.#server.reachable) return;
    const blocked = new Set<StreamName>(this.#server.room ? [] : ["FLEET"]);
    let stored = false;
    this.#waiting = this.#waiting.filter((waiting) => {
      const verdict = blocked.has(waiting.stream) ? "full" : this.#server.stream(waiting.stream).offer(waiting);
      if (verdict === "full") {
        blocked.add(waiting.stream);
        if (!waiting.impatient) return true;
        this.#gate.release(waiting.bytes);
        waiting.reject(full());
        return false;
      }
      this.#gate.release(waiting.bytes);
      if (verdict === "conflict") {
        waiting.reject(movedOn(waiting.subject, waiting.expectedLastSeq));
      } else {
        stored = true;
        waiting.resolve(verdict);
      }
      return false;
    });
    this.#refused = this.#waiting.some(({ stream }) => blocked.has(stream));
    if (this.#waiting.length === 0) this.#idle();
    if (stored) this.#server.changed();
    else this.#report();
  }
}
