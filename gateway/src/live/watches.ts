import { FleetError, isLimited, type Person } from "@fleetlog/domain";
import { scopeOf } from "@fleetlog/identity";
import type { FeedChange } from "@fleetlog/protocol";
import { Coalescer, type Hint } from "./coalescer.ts";
import type { Sources } from "./sources.ts";
import type { Topic } from "./topics.ts";

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
  readonly #person: Person;
  readonly #watches = new Map<number, Watch>();
  #next = 1;
  #keys = 0;

  constructor(sources: Sources, receiver: Receiver, person: Person) {
    this.#sources = sources;
    this.#receiver = receiver;
    this.#person = person;
  }

  get size(): number {
    return this.#watches.size;
  }

  /**
   * Begins to tell of a topic; returns the number that its changes carry.
   * @throws FleetError `forbidden` where the person may not; `conflict` when there are too many
   */
  add(topic: Topic): number {
    const limited = isLimited(scopeOf(this.#person, topic.action));
    if (this.#watches.size >= MOST_WATCHES) throw tooMany(`${MOST_WATCHES} watches`);
    if (this.#keys + topic.size > MOST_WATCHED_KEYS) throw tooMany(`${MOST_WATCHED_KEYS} rows`);
    const watch = this.#next++;
    const coalescer = new Coalescer({
      everyMs: topic.everyMs,
      deliver: ({ seq, keys }) => this.#receiver.send({ watch, seq, keys }),
      blocked: () => this.#receiver.behind(),
    });
    const stop = topic.listen(this.#sources, (hint) => coalescer.add(limited ? withoutKeys(hint) : hint));
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

/** For who sees a part of the fleet: keys would name devices outside of it. What is read after the hint obeys the scope. */
function withoutKeys(hint: Hint): Hint {
  return { ...hint, keys: null };
}

function tooMany(what: string): FleetError {
  return new FleetError("conflict", `one connection watches at most ${what}`, {
    field: "params",
    advice: "End a watch that is not needed any more.",
  });
}
