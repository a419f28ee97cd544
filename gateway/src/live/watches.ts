import { FleetError } from "@fleetlog/domain";
import type { FeedChange } from "@fleetlog/protocol";
import { Coalescer } from "./coalescer.ts";
import type { Sources } from "./sources.ts";
import { topicOf } from "./topics.ts";

/** Far more than a page shows at a time. */
export const MOST_WATCHES = 200;
export const MOST_WATCHED_KEYS = 2_000;

/** Where a connection's changes go. */
export interface Receiver {
  send(change: FeedChange): void;
  /** A promise while it reads more slowly than it is written to: resolves when it has caught up. */
  behind(): Promise<void> | undefined;
}

interface Watch {
  readonly size: number;
  end(): void;
}

/** What one browser watches. */
export class Watches {
  readonly #sources: Sources;
  readonly #receiver: Receiver;
  readonly #watches = new Map<number, Watch>();
  #next = 1;
  #keys = 0;

  constructor(sources: Sources, receiver: Receiver) {
    this.#sources = sources;
    this.#receiver = receiver;
  }

  get size(): number {
    return this.#watches.size;
  }

  /**
   * Begins to tell of a topic; returns the number that its changes carry.
   * @throws FleetError `invalid-request` that names the field; `conflict` when there are too many
   */
  add(params: unknown): number {
    const topic = topicOf(params);
    if (this.#watches.size >= MOST_WATCHES) throw tooMany(`${MOST_WATCHES} watches`);
    if (this.#keys + topic.size > MOST_WATCHED_KEYS) throw tooMany(`${MOST_WATCHED_KEYS} rows`);
    const watch = this.#next++;
    const coalescer = new Coalescer({
      everyMs: topic.everyMs,
      deliver: ({ seq, keys }) => this.#receiver.send({ watch, seq, keys }),
      blocked: () => this.#receiver.behind(),
    });
    const stop = topic.listen(this.#sources, (hint) => coalescer.add(hint));
    const end = () => {
      stop();
      coalescer.stop();
    };
    this.#watches.set(watch, { size: topic.size, end });
    this.#keys += topic.size;
    return watch;
  }

  /** Whether it was there. */
  remove(watch: number): boolean {
    const found = this.#watches.get(watch);
    if (found === undefined) return false;
    found.end();
    this.#watches.delete(watch);
    this.#keys -= found.size;
    return true;
  }

  end(): void {
    for (const watch of [...this.#watches.keys()]) this.remove(watch);
  }
}

function tooMany(what: string): FleetError {
  return new FleetError("conflict", `one connection watches at most ${what}`, {
    field: "params",
    advice: "End a watch that is not needed any more.",
  });
}
