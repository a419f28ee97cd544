import { type Category, DEVICE_CATEGORIES, encodeToken, type StreamName } from "@fleetlog/domain";
import type { Bus, EventLog } from "@fleetlog/log";
import { type Changed, changedSubject, type StreamSequences } from "@fleetlog/protocol";
import type { LogHealth } from "../node/health/log-health.ts";
import { Coalescer, type Hint, newest } from "./coalescer.ts";
import { ReadableEvents } from "./readable-events.ts";
import { SharedSubscriptions } from "./shared-subscriptions.ts";

export type Listener = (hint: Hint) => void;

const EVERY_MS = 50;
/**
 * How long a hint waits to be merged with others: an event can change several views, which publish one after another.
 */
const MERGE_MS = 10;
/** The longest wait for subscriptions. A browser ends its connection if a call takes ten seconds. */
const SUBSCRIBED_MS = 2_000;

interface HintSource {
  readonly coalescer: Coalescer;
  readonly listeners: Set<Listener>;
  readonly unsubscribes: readonly (() => void)[];
}

type Subscribe = (add: Listener) => (() => void)[];

/**
 * Where the hints of watches come from: changes of views, events of devices, and messages on the bus. When the log is back,
 * every listener gets a hint to load everything, because changes may have been missed.
 */
export class HintSources {
  readonly #bus: Bus;
  readonly #subscriptions: SharedSubscriptions;
  readonly #log: Pick<EventLog, "last">;
  readonly #sources = new Map<string, HintSource>();
  readonly #unsubscribeHealth: () => void;
  #notifiedSeq = 0;
  #notifiedSeqs: StreamSequences | undefined;

  constructor(bus: Bus, log: Pick<EventLog, "last">, health: Pick<LogHealth, "onChange">) {
    this.#bus = bus;
    this.#subscriptions = new SharedSubscriptions(bus);
    this.#log = log;
    this.#unsubscribeHealth = health.onChange(({ state }) => {
      if (state !== "ready") return;
      this.#notifiedSeq = 0;
      this.#notifiedSeqs = undefined;
      for (const { coalescer } of this.#sources.values()) coalescer.add({ seq: 0, keys: null });
    });
  }

  notifiedSeq(stream: StreamName = "FLEET"): number {
    return stream === "FLEET" ? this.#notifiedSeq : (this.#notifiedSeqs?.[stream] ?? 0);
  }

  get size(): number {
    return this.#subscriptions.size;
  }

  /** Every projector publishes each change; only the first message is passed on. */
  rows(projections: readonly string[], listener: Listener): () => void {
    return this.#listen(projections.join(), MERGE_MS, listener, (add) =>
      projections.map((projection) => {
        const isNew = newChanges();
        return this.#subscriptions.add(changedSubject(projection), (data) => {
          const { seq, keys, stream = "FLEET" } = data as Changed;
          if (isNew(seq, keys)) add(stream === "FLEET" ? { seq, keys } : { seq: 0, seqs: { [stream]: seq }, keys });
        });
      }),
    );
  }

  /**
   * Hints when a device's events can be read. An append to JetStream is also a message on the bus, which comes before the
   * event is stored. `keys` has the categories of the events.
   */
  events(device: string, listener: Listener): () => void {
    const subject = `fleet.*.${encodeToken(device)}`;
    return this.#listen(subject, 0, listener, (add) => {
      const readable = new ReadableEvents(this.#log, device, (categories) => add({ seq: 0, keys: categories }));
      const unsubscribe = this.#subscriptions.add(subject, (data) => {
        const { id, category } = eventIn(data);
        if (id === undefined) add({ seq: 0, keys: null });
        // The subject also has the events of a gateway with the device's name.
        else if (isShownCategory(category)) readable.published(category, id);
      });
      return [unsubscribe, () => readable.stop()];
    });
  }

  messages(subject: string, listener: Listener): () => void {
    const hint = { seq: 0, keys: null };
    return this.#listen(subject, 0, listener, (add) => [this.#subscriptions.add(subject, () => add(hint))]);
  }

  /**
   * Resolves when the server has all subscriptions that were begun by now: until then, changes could be missed. Waits at
   * most two seconds for a server that can't be reached or hangs: when it is back, every listener gets a hint.
   */
  async subscribed(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timeout = setTimeout(resolve, SUBSCRIBED_MS);
    this.#bus.flush().then(resolve, () => resolve());
    await promise;
    clearTimeout(timeout);
  }

  stop(): void {
    this.#unsubscribeHealth();
    for (const name of [...this.#sources.keys()]) this.#end(name);
  }

  #listen(name: string, holdMs: number, listener: Listener, subscribe: Subscribe): () => void {
    const source = this.#sources.get(name) ?? this.#begin(name, holdMs, subscribe);
    source.listeners.add(listener);
    return () => {
      source.listeners.delete(listener);
      if (source.listeners.size === 0 && this.#sources.get(name) === source) this.#end(name);
    };
  }

  #begin(name: string, holdMs: number, subscribe: Subscribe): HintSource {
    const listeners = new Set<Listener>();
    const coalescer = new Coalescer({
      everyMs: EVERY_MS,
      holdMs,
      deliver: (hint) => {
        this.#notifiedSeq = Math.max(this.#notifiedSeq, hint.seq);
        this.#notifiedSeqs = newest(this.#notifiedSeqs, hint.seqs);
        for (const listener of listeners) listener(hint);
      },
    });
    const source = { coalescer, listeners, unsubscribes: subscribe((hint) => coalescer.add(hint)) };
    this.#sources.set(name, source);
    return source;
  }

  #end(name: string): void {
    const source = this.#sources.get(name);
    for (const unsubscribe of source?.unsubscribes ?? []) unsubscribe();
    source?.coalescer.stop();
    this.#sources.delete(name);
  }
}

function eventIn(data: unknown): { readonly id?: string; readonly category?: string } {
  const { id, subject } = (data ?? {}) as { readonly id?: unknown; readonly subject?: unknown };
  if (typeof id !== "string" || typeof subject !== "string") return {};
  return { id, category: subject.split(".")[1] ?? "" };
}

function isShownCategory(category: string | undefined): category is Category {
  return category === "access" || (DEVICE_CATEGORIES as readonly (string | undefined)[]).includes(category);
}

/**
 * Finds new changes. A projector publishes in the order of sequences, so an older sequence is another projector's
 * message. Rebuilt views may begin at an older sequence: their first message has no keys, and counts as new.
 */
function newChanges(): (seq: number, keys: Changed["keys"]) => boolean {
  let newest = 0;
  return (seq, keys) => {
    if (keys === null ? seq === newest : seq <= newest) return false;
    newest = seq;
    return true;
  };
}
