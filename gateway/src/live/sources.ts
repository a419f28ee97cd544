import type { Bus, BusSubscription, EventLog } from "@fleetlog/log";
import type { Changed } from "@fleetlog/protocol";
import { Coalescer, type Hint } from "./coalescer.ts";

export type Listener = (hint: Hint) => void;

/** Listeners of one subject are told at most this often, however often it changes. */
const EVERY_MS = 50;
/** A message on an event's subject may be here before the event is stored: what reads it waits for so long. */
const STORED_AFTER_MS = 100;

interface Source {
  readonly subscription: BusSubscription;
  readonly coalescer: Coalescer;
  readonly listeners: Set<Listener>;
}

/**
 * What this node hears of changes: one subscription a subject, however many browsers watch, and none that nobody
 * watches. When the log comes back from having been away, everything may have changed.
 */
export class Sources {
  readonly #bus: Bus;
  readonly #sources = new Map<string, Source>();
  readonly #forgetStatus: () => void;
  #announced = 0;

  constructor(bus: Bus, log: Pick<EventLog, "onStatus">) {
    this.#bus = bus;
    this.#forgetStatus = log.onStatus((status) => {
      if (status !== "ready") return;
      this.#announced = 0;
      for (const { coalescer } of this.#sources.values()) coalescer.add({ seq: 0, keys: null });
    });
  }

  /** The newest sequence that a listener was told of since the log was last away. */
  get announced(): number {
    return this.#announced;
  }

  get size(): number {
    return this.#sources.size;
  }

  /** Rows of a view that changed. Several projectors say each of it; it is passed on once. */
  view(subject: string, listener: Listener): () => void {
    let newest = 0;
    return this.#listen(subject, listener, (data) => {
      const { seq, keys } = data as Changed;
      // Who announces rows has announced all before them. Only views that were built anew, from another log perhaps,
      // begin again with an older sequence, and they name no rows.
      if (keys !== null && seq <= newest) return undefined;
      if (keys === null && seq === newest) return undefined;
      newest = seq;
      return { seq, keys };
    });
  }

  /** Events of the log on their way there. */
  events(subject: string, listener: Listener): () => void {
    return this.#listen(subject, listener, () => ({ seq: 0, keys: null, afterMs: STORED_AFTER_MS }));
  }

  /** Messages that say nothing of rows. */
  messages(subject: string, listener: Listener): () => void {
    return this.#listen(subject, listener, () => ({ seq: 0, keys: null }));
  }

  stop(): void {
    this.#forgetStatus();
    for (const subject of [...this.#sources.keys()]) this.#end(subject);
  }

  #listen(subject: string, listener: Listener, read: (data: unknown) => Hint | undefined): () => void {
    const source = this.#sources.get(subject) ?? this.#begin(subject, read);
    source.listeners.add(listener);
    return () => {
      source.listeners.delete(listener);
      if (source.listeners.size === 0 && this.#sources.get(subject) === source) this.#end(subject);
    };
  }

  #begin(subject: string, read: (data: unknown) => Hint | undefined): Source {
    const listeners = new Set<Listener>();
    const coalescer = new Coalescer({
      everyMs: EVERY_MS,
      deliver: (hint) => {
        this.#announced = Math.max(this.#announced, hint.seq);
        for (const listener of listeners) listener(hint);
      },
    });
    const subscription = this.#bus.subscribe(subject, ({ data }) => {
      const hint = read(data);
      if (hint !== undefined) coalescer.add(hint);
    });
    const source = { subscription, coalescer, listeners };
    this.#sources.set(subject, source);
    return source;
  }

  #end(subject: string): void {
    const source = this.#sources.get(subject);
    source?.subscription.stop();
    source?.coalescer.stop();
    this.#sources.delete(subject);
  }
}
