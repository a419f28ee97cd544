import type { Category } from "@fleetlog/domain";
import type { EventLog } from "@fleetlog/log";

/** Pause before the first read of the log. It doubles after each read. */
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;
/** Reading ends this long after the newest published event. An event that is stored later is published again. */
const GIVE_UP_MS = 15_000;

/**
 * Waits until an entity's published events can be read. The message of an append reaches subscribers before the event
 * is stored. Storing may take long.
 */
export class ReadableEvents {
  readonly #log: Pick<EventLog, "last">;
  readonly #entity: string;
  readonly #onReadable: (categories: readonly Category[]) => void;
  /** Ids of the newest published events that are not in the log yet, by category. */
  readonly #expected = new Map<Category, string>();
  /** Ids of the newest events that were passed on, by category. */
  readonly #passed = new Map<Category, string>();
  #pauseMs = FIRST_PAUSE_MS;
  #giveUpAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #reading = false;
  #stopped = false;

  constructor(log: Pick<EventLog, "last">, entity: string, onReadable: (categories: readonly Category[]) => void) {
    this.#log = log;
    this.#entity = entity;
    this.#onReadable = onReadable;
  }

  published(category: Category, id: string): void {
    if (this.#stopped) return;
    this.#expected.set(category, id);
    // The pause grows while an earlier event is missing, and would be too long for this event.
    if (this.#pauseMs > 2 * FIRST_PAUSE_MS) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
    }
    this.#pauseMs = FIRST_PAUSE_MS;
    this.#giveUpAt = performance.now() + GIVE_UP_MS;
    this.#schedule();
  }

  stop(): void {
    this.#stopped = true;
    this.#expected.clear();
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#reading) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#reading = true;
      void this.#read().finally(() => {
        this.#reading = false;
        if (this.#expected.size > 0) this.#schedule();
      });
    }, this.#pauseMs);
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, this.#pauseMs * 2);
  }

  async #read(): Promise<void> {
    const readable: Category[] = [];
    for (const category of [...this.#expected.keys()]) {
      // The read fails while the log is away. The listeners load everything when it is back.
      const last = await this.#log.last(category, this.#entity).catch(() => undefined);
      if (last === undefined) continue;
      if (last.id === this.#expected.get(category)) this.#expected.delete(category);
      if (last.id === this.#passed.get(category)) continue;
      this.#passed.set(category, last.id);
      readable.push(category);
    }
    if (performance.now() > this.#giveUpAt) this.#expected.clear();
    if (readable.length > 0 && !this.#stopped) this.#onReadable(readable);
  }
}
