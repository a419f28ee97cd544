import type { Category } from "@fleetlog/domain";
import type { EventLog } from "@fleetlog/log";

/** Pause before the log is read for a published event; doubled after each read that does not find it. */
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;
/**
 * For how long after the newest published event the log is read. An event that is not stored by then is published
 * again.
 */
const GIVE_UP_MS = 15_000;

/**
 * Waits until the published events of one entity can be read. An append is a message on the event's subject.
 * Subscribers receive that message before the event is stored, and storing may take long.
 */
export class ReadableEvents {
  readonly #log: Pick<EventLog, "last">;
  readonly #entity: string;
  readonly #onReadable: (categories: readonly Category[]) => void;
  /** By category, the id of the newest event that was published and not found in the log yet. */
  readonly #expected = new Map<Category, string>();
  /** By category, the id of the newest event that was passed on. */
  readonly #passed = new Map<Category, string>();
  #pauseMs = FIRST_PAUSE_MS;
  #giveUpAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #reading = false;
  #stopped = false;

  /** @param onReadable called with the categories in which newer events can be read */
  constructor(log: Pick<EventLog, "last">, entity: string, onReadable: (categories: readonly Category[]) => void) {
    this.#log = log;
    this.#entity = entity;
    this.#onReadable = onReadable;
  }

  /** Call when an event was published. */
  published(category: Category, id: string): void {
    if (this.#stopped) return;
    this.#expected.set(category, id);
    // The pause has grown while an earlier event is missing: the read that is due would be too late for this event.
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
      // The log may be away; the listeners reload everything when it is back.
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
