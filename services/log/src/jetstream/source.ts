import type { Msg, Subscription as NatsSubscription } from "@nats-io/nats-core";
import { type Consumer, deleteConsumer, openInbox, placeOf, pullRequest, statusOf } from "./consumer.ts";
import type { Fetched } from "./fetch.ts";
import type { Link } from "./link.ts";

const EXPIRES_MS = 30_000;
const HEARTBEAT_MS = 5_000;
/** Nothing heard for so long while a request is open: the consumer is gone. */
const SILENCE_MS = 12_000;
const SLOTS = 4;
const SLOT_BYTES = 4 * 1024 * 1024;

/** The entries of one consumer, in order, as fast as they are taken. */
export interface Source {
  /** Waits for entries, and takes those that are there, at most so many. @throws SourceLost */
  take(max: number): Promise<readonly Fetched[]>;
  /** Everything up to this sequence was handed over or did not pass the filter, as far as the server has said so. */
  readonly passed: number;
  /** Ends it and deletes the consumer; a `take` under way resolves with nothing. */
  close(): void;
}

export class SourceLost extends Error {
  override readonly name = "SourceLost";
}

interface Slot {
  readonly subject: string;
  readonly subscription: NatsSubscription;
  /** How many entries of its request are to come; 0 = no request is open. */
  open: number;
}

/**
 * Keeps a few pull requests open, so that the server can send on while one batch is worked at, over a slow link too. What
 * is not taken is not asked for: what they bring, and one request more, is the most that is in memory.
 */
export class PullSource implements Source {
  readonly #link: Link;
  readonly #stream: string;
  readonly #consumer: Consumer;
  readonly #batch: number;
  readonly #slots: readonly Slot[];
  readonly #forget: () => void;
  readonly #watchdog: NodeJS.Timeout;
  #entries: Fetched[] = [];
  #delivery = 0;
  #passed = 0;
  #heardAt = Date.now();
  #lost: Error | undefined;
  #closed = false;
  #wake: () => void = () => {};

  constructor(link: Link, stream: string, consumer: Consumer, batch: number) {
    this.#link = link;
    this.#stream = stream;
    this.#consumer = consumer;
    this.#batch = batch;
    this.#slots = Array.from({ length: SLOTS }, () => this.#slot());
    this.#forget = link.onChange(() => this.#lose("the connection was lost"));
    this.#watchdog = setInterval(() => this.#watch(), 2_000).unref();
    this.#ask();
  }

  get passed(): number {
    return this.#passed;
  }

  async take(max: number): Promise<readonly Fetched[]> {
    while (this.#entries.length === 0) {
      if (this.#closed) return [];
      if (this.#lost !== undefined) throw this.#lost;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const taken = this.#entries.length <= max ? this.#entries : this.#entries.slice(0, max);
    this.#entries = taken.length === this.#entries.length ? [] : this.#entries.slice(max);
    this.#ask();
    return taken;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#watchdog);
    this.#forget();
    this.#entries = [];
    for (const { subscription } of this.#slots) subscription.unsubscribe();
    void deleteConsumer(this.#link, this.#stream, this.#consumer);
    this.#wake();
  }

  #slot(): Slot {
    const inbox = openInbox(this.#link, (message) => {
      this.#heardAt = Date.now();
      const status = statusOf(message);
      if (status === undefined) return this.#received(slot, { message, place: placeOf(message.reply ?? "") });
      const { code, description } = status;
      if (code === 100) return this.#heard(message);
      // The request is over: nothing came in time, or its bytes are used up.
      if (code === 404 || code === 408 || /max_?bytes/i.test(description)) {
        slot.open = 0;
        this.#ask();
      } else this.#lose(`${code} ${description}`);
    });
    const slot: Slot = { ...inbox, open: 0 };
    return slot;
  }

  /** A heartbeat says how far the consumer has looked, and how many deliveries that made. */
  #heard({ headers }: Msg): void {
    if (Number(headers?.get("Nats-Last-Consumer")) !== this.#delivery || this.#entries.length > 0) return;
    this.#passed = Math.max(this.#passed, Number(headers?.get("Nats-Last-Stream")) || 0);
  }

  #received(slot: Slot, fetched: Fetched): void {
    slot.open -= 1;
    // The consumer counts its deliveries: one that is missing was lost on the way.
    if (fetched.place.delivery !== ++this.#delivery) this.#lose("an entry was lost on the way");
    if (this.#lost !== undefined) return;
    this.#entries.push(fetched);
    if (this.#entries.length === 1) this.#wake();
    if (slot.open === 0) this.#ask();
  }

  /** Opens requests as far as there is room for what they bring. */
  #ask(): void {
    if (this.#closed || this.#lost !== undefined || !this.#link.up) return;
    for (const slot of this.#slots) {
      if (slot.open > 0 || this.#entries.length > this.#batch) continue;
      slot.open = this.#batch;
      const request = pullRequest({
        batch: this.#batch,
        maxBytes: Math.max(SLOT_BYTES, this.#link.maxPayload * 2),
        expiresMs: EXPIRES_MS,
        heartbeatMs: HEARTBEAT_MS,
      });
      this.#link.nc.publish(this.#consumer.next, request, { reply: slot.subject });
    }
  }

  #watch(): void {
    const waiting = this.#slots.some(({ open }) => open > 0);
    if (!waiting) this.#heardAt = Date.now();
    else if (Date.now() - this.#heardAt > SILENCE_MS) this.#lose("the server is silent");
  }

  #lose(why: string): void {
    this.#lost ??= new SourceLost(why);
    this.#wake();
  }
}
