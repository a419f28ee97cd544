import type { Msg } from "@nats-io/nats-core";
import { steadyTime } from "../../steady-time.ts";
import type { EntryFrame } from "../connection/entry-frames.ts";
import type { ServerConnection } from "../connection/server-connection.ts";
import { type Consumer, deleteConsumer, deliveryInfoOf, pullRequest, statusOf } from "./consumer.ts";
import { type Entries, EntryBuffer } from "./entry-buffer.ts";

const EXPIRES_MS = 30_000;
const HEARTBEAT_MS = 5_000;
/** If a request is open for this long without a message, the consumer is gone. */
const SILENCE_MS = 12_000;
/** If entries match but none arrives for this long, the next entry can't be read. */
const STUCK_MS = 10_000;
const CHECK_EVERY_MS = 2_000;
/** If a check is this late, the process was busy or suspended, and the server's messages may still wait in the socket. */
const LATE_MS = 1_000;
/** Maximum number of late checks that are excused, so that a process that is always busy also finds a lost source. */
const MAX_LATE_CHECKS = 10;
const PULL_SLOTS = 4;
const SLOT_BYTES = 4 * 1024 * 1024;

export interface EntrySource {
  /**
   * Resolves with at least one entry; with none after {@link close}. The entries are valid until the next call.
   * @throws SourceLost
   */
  take(max: number): Promise<Entries>;
  /** Every match up to this sequence was returned, according to the server's heartbeats. */
  readonly passedSeq: number;
  close(): void;
}

export class SourceLost extends Error {
  override readonly name = "SourceLost";
}

interface PullSlot {
  readonly subject: string;
  readonly unsubscribe: () => void;
  open: number;
}

/**
 * Keeps a few pull requests open while a batch is processed. To limit memory, it requests nothing while more than a
 * batch of entries waits.
 */
export class PullSource implements EntrySource {
  readonly #connection: ServerConnection;
  readonly #stream: string;
  readonly #consumer: Consumer;
  readonly #batch: number;
  readonly #slots: readonly PullSlot[];
  readonly #unsubscribe: () => void;
  readonly #watchdog: NodeJS.Timeout;
  /**
   * The entries that {@link take} returns, of which {@link #taken} were returned. The other buffer gets the entries
   * that arrive.
   */
  #taking = new EntryBuffer();
  #taken = 0;
  #arriving = new EntryBuffer();
  #delivery = 0;
  #passedSeq = 0;
  #lastMessageAt = steadyTime();
  #lastEntryAt = steadyTime();
  #checkedAt = steadyTime();
  /** Late checks since the last message. */
  #lateChecks = 0;
  #pending: number;
  #failure: Error | undefined;
  #closed = false;
  #wake: () => void = () => {};

  constructor(connection: ServerConnection, stream: string, consumer: Consumer, batch: number) {
    this.#connection = connection;
    this.#stream = stream;
    this.#consumer = consumer;
    this.#batch = batch;
    this.#pending = consumer.pending;
    this.#slots = Array.from({ length: PULL_SLOTS }, () => this.#openSlot());
    this.#unsubscribe = connection.onChange(() => this.#fail("the connection was lost"));
    this.#watchdog = setInterval(() => this.#checkSilence(), CHECK_EVERY_MS).unref();
    this.#request();
  }

  get passedSeq(): number {
    return this.#passedSeq;
  }

  async take(max: number): Promise<Entries> {
    while (this.#waiting === 0) {
      if (this.#closed) break;
      if (this.#failure !== undefined) throw this.#failure;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#taken === this.#taking.length) {
      [this.#taking, this.#arriving] = [this.#arriving, this.#taking];
      this.#arriving.clear();
      this.#taken = 0;
    }
    const from = this.#taken;
    this.#taken = Math.min(from + max, this.#taking.length);
    this.#request();
    return this.#taking.slice(from, this.#taken - from);
  }

  get #waiting(): number {
    return this.#taking.length - this.#taken + this.#arriving.length;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#watchdog);
    this.#unsubscribe();
    // The entries that were taken last are still valid.
    this.#taken = this.#taking.length;
    this.#arriving.clear();
    for (const { unsubscribe } of this.#slots) unsubscribe();
    void deleteConsumer(this.#connection, this.#stream, this.#consumer);
    this.#wake();
  }

  #openSlot(): PullSlot {
    const subject = this.#connection.inbox();
    const unsubscribe = this.#connection.receiveEntries(
      subject,
      (entry) => this.#onEntry(slot, entry),
      (message) => this.#onMessage(slot, message),
    );
    const slot: PullSlot = { subject, unsubscribe, open: 0 };
    return slot;
  }

  #onMessage(slot: PullSlot, message: Msg): void {
    const status = statusOf(message);
    if (status === undefined) {
      this.#onEntry(slot, entryOf(message));
      return;
    }
    this.#noteMessage();
    const { code, description } = status;
    if (code === 100) {
      this.#onHeartbeat(message);
      return;
    }
    // nats-server 2.10 and later send this after the last entry of a request. It is not needed: entries are counted.
    if (/batch completed/i.test(description)) return;
    if (code === 404 || code === 408 || /max_?bytes/i.test(description)) {
      slot.open = 0;
      this.#request();
    } else this.#fail(`${code} ${description}`);
  }

  #noteMessage(): void {
    this.#lastMessageAt = steadyTime();
    this.#lateChecks = 0;
  }

  /** A heartbeat has the consumer's position in the stream, and its number of deliveries. */
  #onHeartbeat({ headers }: Msg): void {
    if (Number(headers?.get("Nats-Last-Consumer")) !== this.#delivery || this.#waiting > 0) return;
    this.#passedSeq = Math.max(this.#passedSeq, Number(headers?.get("Nats-Last-Stream")) || 0);
  }

  #onEntry(slot: PullSlot, entry: EntryFrame): void {
    this.#noteMessage();
    slot.open -= 1;
    // A gap in the deliveries is a lost message.
    if (entry.delivery !== ++this.#delivery) this.#fail("an entry was lost in transit");
    if (this.#failure !== undefined) return;
    this.#lastEntryAt = this.#lastMessageAt;
    this.#pending = entry.pending;
    this.#arriving.add(entry);
    if (this.#waiting === 1) this.#wake();
    if (slot.open === 0) this.#request();
  }

  #request(): void {
    if (this.#closed || this.#failure !== undefined || !this.#connection.up) return;
    for (const slot of this.#slots) {
      if (slot.open > 0 || this.#waiting > this.#batch) continue;
      slot.open = this.#batch;
      const request = pullRequest({
        batch: this.#batch,
        maxBytes: Math.max(SLOT_BYTES, this.#connection.maxPayload * 2),
        expiresMs: EXPIRES_MS,
        heartbeatMs: HEARTBEAT_MS,
      });
      this.#connection.nc.publish(this.#consumer.requestSubject, request, { reply: slot.subject });
    }
  }

  #checkSilence(): void {
    const waiting = this.#slots.some(({ open }) => open > 0);
    const now = steadyTime();
    const isLate = now - this.#checkedAt > CHECK_EVERY_MS + LATE_MS;
    this.#checkedAt = now;
    if (isLate) this.#lateChecks += 1;
    const wasBusy = isLate && this.#lateChecks <= MAX_LATE_CHECKS;
    if (!waiting || wasBusy) this.#lastMessageAt = now;
    if (!waiting || wasBusy || this.#pending === 0) this.#lastEntryAt = now;
    else if (now - this.#lastEntryAt > STUCK_MS) this.#fail("entries are stored, but the server sends none");
    if (!waiting) return;
    if (now - this.#lastMessageAt > SILENCE_MS) this.#fail("the server sends no heartbeats");
  }

  #fail(why: string): void {
    this.#failure ??= new SourceLost(why);
    this.#wake();
  }
}

function entryOf({ subject, data, reply = "" }: Msg): EntryFrame {
  const name = Buffer.from(subject);
  const bytes = Buffer.concat([name, data]);
  const { seq, delivery, pending } = deliveryInfoOf(reply);
  return {
    bytes,
    subjectFrom: 0,
    subjectTo: name.length,
    payloadFrom: name.length,
    payloadTo: bytes.length,
    seq,
    delivery,
    pending,
  };
}
