import type { Bus } from "@fleetlog/log";
import { type Changed, changedSubject } from "@fleetlog/protocol";
import type { LogHealth } from "../node/log-health.ts";
import { Coalescer, type Hint } from "./coalescer.ts";
import { Taps } from "./taps.ts";

export type Listener = (hint: Hint) => void;

/** Listeners are told at most this often, however often what they listen to changes. */
const EVERY_MS = 50;
/** One event changes rows of several views, which say so one after the other. */
const TOGETHER_MS = 10;
/** A message on an event's subject may be here before the event is stored: what reads it waits for so long. */
const STORED_AFTER_MS = 100;

interface Source {
  readonly coalescer: Coalescer;
  readonly listeners: Set<Listener>;
  readonly ends: readonly (() => void)[];
}

type Open = (add: Listener) => (() => void)[];

/**
 * What this node hears of changes, shared by all browsers that watch the same. When the log comes back from having
 * been away, everything may have changed.
 */
export class Sources {
  readonly #taps: Taps;
  readonly #sources = new Map<string, Source>();
  readonly #forgetHealth: () => void;
  #announced = 0;

  constructor(bus: Bus, log: Pick<LogHealth, "onChange">) {
    this.#taps = new Taps(bus);
    this.#forgetHealth = log.onChange(({ state }) => {
      if (state !== "ready") return;
      this.#announced = 0;
      for (const { coalescer } of this.#sources.values()) coalescer.add({ seq: 0, keys: null });
    });
  }

  /** The newest sequence that a listener was told of since the log was last away. */
  get announced(): number {
    return this.#announced;
  }

  /** Subscriptions that this node has for its browsers. */
  get size(): number {
    return this.#taps.size;
  }

  /** Rows of projections that changed. Every projector announces each change; it is passed on once. */
  rows(projections: readonly string[], listener: Listener): () => void {
    return this.#listen(projections.join(), TOGETHER_MS, listener, (add) =>
      projections.map((projection) => {
        const fresh = onlyNews();
        return this.#taps.open(changedSubject(projection), (data) => {
          const { seq, keys, stream = "FLEET" } = data as Changed;
          // Who reads the rows asks for FLEET's sequence; those of other streams say nothing of it.
          if (fresh(seq, keys)) add({ seq: stream === "FLEET" ? seq : 0, keys });
        });
      }),
    );
  }

  /** Events of the log on their way there; `keys` are their categories. */
  events(subject: string, listener: Listener): () => void {
    return this.#listen(subject, 0, listener, (add) => [
      this.#taps.open(subject, (data) => add({ seq: 0, keys: categoriesOf(data), afterMs: STORED_AFTER_MS })),
    ]);
  }

  /** Messages that say nothing of rows. */
  messages(subject: string, listener: Listener): () => void {
    const hint = { seq: 0, keys: null };
    return this.#listen(subject, 0, listener, (add) => [this.#taps.open(subject, () => add(hint))]);
  }

  stop(): void {
    this.#forgetHealth();
    for (const name of [...this.#sources.keys()]) this.#end(name);
  }

  #listen(name: string, holdMs: number, listener: Listener, open: Open): () => void {
    const source = this.#sources.get(name) ?? this.#begin(name, holdMs, open);
    source.listeners.add(listener);
    return () => {
      source.listeners.delete(listener);
      if (source.listeners.size === 0 && this.#sources.get(name) === source) this.#end(name);
    };
  }

  #begin(name: string, holdMs: number, open: Open): Source {
    const listeners = new Set<Listener>();
    const coalescer = new Coalescer({
      everyMs: EVERY_MS,
      holdMs,
      deliver: (hint) => {
        this.#announced = Math.max(this.#announced, hint.seq);
        for (const listener of listeners) listener(hint);
      },
    });
    const source = { coalescer, listeners, ends: open((hint) => coalescer.add(hint)) };
    this.#sources.set(name, source);
    return source;
  }

  #end(name: string): void {
    const source = this.#sources.get(name);
    for (const end of source?.ends ?? []) end();
    source?.coalescer.stop();
    this.#sources.delete(name);
  }
}

/** The second token of an event's subject, `fleet.<category>.<entity>`. */
function categoriesOf(event: unknown): readonly string[] | null {
  const { subject } = (event ?? {}) as { readonly subject?: unknown };
  const category = typeof subject === "string" ? subject.split(".")[1] : undefined;
  return category === undefined ? null : [category];
}

/**
 * Who announces rows has announced all before them, so an older announcement is another projector's of the same. Only
 * views that were built anew, from another log perhaps, begin again with an older sequence, and they name no rows.
 */
function onlyNews(): (seq: number, keys: Changed["keys"]) => boolean {
  let newest = 0;
  return (seq, keys) => {
    if (keys === null ? seq === newest : seq <= newest) return false;
    newest = seq;
    return true;
  };
}
