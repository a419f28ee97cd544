import { FleetError, isLimited, type Person } from "@fleetlog/domain";
import { scopeOf } from "@fleetlog/identity";
import type { FeedChange } from "@fleetlog/protocol";
import { Coalescer, type Hint } from "./coalescer.ts";
import type { HintSources } from "./hint-sources.ts";
import type { Topic } from "./topics.ts";

/** Maximum number of watches of one connection. A page needs far fewer. */
export const MAX_WATCHES = 200;
export const MAX_WATCHED_KEYS = 2_000;

export interface Receiver {
  send(change: FeedChange): void;
  /** Back-pressure: a promise that resolves when the client has caught up; undefined if it has. */
  whenReady(): Promise<void> | undefined;
}

interface Watch {
  readonly size: number;
  end(): void;
}

/** The watches of one connection. A watch ends when its device has left the viewer's scope. */
export class Watches {
  readonly #sources: HintSources;
  readonly #receiver: Receiver;
  readonly #person: Person;
  readonly #watches = new Map<number, Watch>();
  #next = 1;
  #keys = 0;

  constructor(sources: HintSources, receiver: Receiver, person: Person) {
    this.#sources = sources;
    this.#receiver = receiver;
    this.#person = person;
  }

  get size(): number {
    return this.#watches.size;
  }

  /**
   * Starts a watch. Returns the number for its hints.
   * @param isAllowed is called before each hint, and resolves with whether the watched device is in the viewer's scope
   * after the event number `atLeast`. False ends the watch with a last hint.
   * @throws FleetError `forbidden` if the person may not watch the topic, `conflict` if a limit is reached
   */
  add(topic: Topic, isAllowed?: (atLeast: number) => Promise<boolean>): number {
    const limited = isLimited(scopeOf(this.#person, topic.action));
    if (this.#watches.size >= MAX_WATCHES) throw tooMany(`${MAX_WATCHES} watches`);
    if (this.#keys + topic.size > MAX_WATCHED_KEYS) throw tooMany(`${MAX_WATCHED_KEYS} rows`);
    const watch = this.#next++;
    const send = (hint: Hint) => this.#receiver.send({ watch, ...hint });
    // While a hint waits for its scope check, the coalescer merges further hints, as it does for a slow client.
    let scopeCheck: Promise<void> | undefined;
    const sendIfAllowed = async (hint: Hint): Promise<void> => {
      const allowed = await isAllowed?.(hint.seq).catch(() => undefined);
      scopeCheck = undefined;
      if (!this.#watches.has(watch)) return;
      // The check failed, for example because no view answers. It is repeated with the next hint.
      if (allowed === undefined) coalescer.add(hint);
      else if (allowed) send(hint);
      else {
        this.remove(watch);
        send({ seq: 0, keys: null });
      }
    };
    const coalescer = new Coalescer({
      everyMs: topic.everyMs,
      deliver: (hint) => {
        if (isAllowed === undefined) send(hint);
        else scopeCheck = sendIfAllowed(hint);
      },
      whenReady: () => scopeCheck ?? this.#receiver.whenReady(),
    });
    const unsubscribe = topic.subscribe(this.#sources, (hint) => coalescer.add(hint), limited);
    const end = () => {
      unsubscribe();
      coalescer.stop();
    };
    this.#watches.set(watch, { size: topic.size, end });
    this.#keys += topic.size;
    return watch;
  }

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
