import { FleetError, isLimited, type Person } from "@fleetlog/domain";
import { scopeOf } from "@fleetlog/identity";
import type { FeedChange } from "@fleetlog/protocol";
import { Coalescer, type Hint } from "./coalescer.ts";
import type { Sources } from "./sources.ts";
import type { Topic } from "./topics.ts";

/** Limits of one connection: far more than a page needs at a time. */
export const MAX_WATCHES = 200;
export const MAX_WATCHED_KEYS = 2_000;

/** The connection that hints are sent to. */
export interface Receiver {
  send(change: FeedChange): void;
  /** Back-pressure: a promise while the client reads too slowly, which resolves when it has caught up. */
  blocked(): Promise<void> | undefined;
}

interface Watch {
  readonly size: number;
  end(): void;
}

/** The watches of one browser. */
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
   * Starts a watch; returns the watch's number, which each of its hints carries.
   * @throws FleetError `forbidden` if the person may not watch the topic; `conflict` if a limit is reached
   */
  add(topic: Topic): number {
    // For a topic about one device, the viewer was authorized for that device, and the hints name no other device.
    const limited = topic.device === undefined && isLimited(scopeOf(this.#person, topic.action));
    if (this.#watches.size >= MAX_WATCHES) throw tooMany(`${MAX_WATCHES} watches`);
    if (this.#keys + topic.size > MAX_WATCHED_KEYS) throw tooMany(`${MAX_WATCHED_KEYS} rows`);
    const watch = this.#next++;
    const coalescer = new Coalescer({
      everyMs: topic.everyMs,
      deliver: (hint) => this.#receiver.send({ watch, ...hint }),
      blocked: () => this.#receiver.blocked(),
    });
    const unsubscribe = topic.subscribe(this.#sources, (hint) => coalescer.add(limited ? withoutKeys(hint) : hint));
    const end = () => {
      unsubscribe();
      coalescer.stop();
    };
    this.#watches.set(watch, { size: topic.size, end });
    this.#keys += topic.size;
    return watch;
  }

  /** @returns whether the watch existed */
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

/**
 * For viewers with a limited scope, because keys could name devices outside that scope. When such a viewer reloads, the
 * answer has only rows within the scope.
 */
function withoutKeys(hint: Hint): Hint {
  return { ...hint, keys: null };
}

function tooMany(what: string): FleetError {
  return new FleetError("conflict", `one connection watches at most ${what}`, {
    field: "params",
    advice: "End a watch that is not needed any more.",
  });
}
