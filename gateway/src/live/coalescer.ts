/** That something changed: a hint to read it again, never the change itself. */
export interface Hint {
  /** FLEET sequence that the views have; 0: not known. */
  readonly seq: number;
  /** Which rows; null: too many to name, or it is not about rows. */
  readonly keys: readonly string[] | null;
  /** Milliseconds to hold it back: what it tells of may not be readable yet. */
  readonly afterMs?: number;
}

export interface CoalescerOptions {
  /** From one delivery to the next, at least. */
  readonly everyMs: number;
  /** How long the first waits for others that come with it; default not at all. */
  readonly holdMs?: number;
  readonly deliver: (hint: Hint) => void;
  /** A promise while nothing can be delivered: resolves when that is over. */
  readonly blocked?: () => Promise<void> | undefined;
}

/** More keys than this are too many to name. */
export const MOST_KEYS = 256;

/**
 * Makes few hints of many: the first goes out at once, those that follow together, at most one an interval. What waits
 * is one hint, whatever comes; what had to wait for its receiver names no rows any more.
 */
export class Coalescer {
  readonly #options: CoalescerOptions;
  #seq = 0;
  /** Undefined: nothing waits. */
  #keys: Set<string> | null | undefined;
  #timer: NodeJS.Timeout | undefined;
  #due = 0;
  #notBefore = 0;
  /** When the newest of those that had to be held back may be read. */
  #readableAt = 0;
  #waiting = false;
  #stopped = false;

  constructor(options: CoalescerOptions) {
    this.#options = options;
  }

  add({ seq, keys, afterMs = 0 }: Hint): void {
    if (this.#stopped) return;
    const { holdMs = 0 } = this.#options;
    this.#seq = Math.max(this.#seq, seq);
    this.#keys = union(this.#keys, keys);
    if (afterMs > 0) this.#readableAt = performance.now() + afterMs;
    if (!this.#waiting) this.#schedule(Math.max(performance.now() + Math.max(holdMs, afterMs), this.#notBefore));
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#keys = undefined;
  }

  #schedule(due: number): void {
    if (this.#timer !== undefined && this.#due <= due) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const wait = due - performance.now();
    if (wait <= 0) {
      this.#flush();
      return;
    }
    this.#due = due;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#flush();
    }, wait);
  }

  #flush(): void {
    if (this.#keys === undefined || this.#stopped) return;
    const blocked = this.#options.blocked?.();
    if (blocked !== undefined) {
      this.#waiting = true;
      this.#keys = null;
      void blocked.then(() => {
        this.#waiting = false;
        this.#flush();
      });
      return;
    }
    const hint = { seq: this.#seq, keys: this.#keys === null ? null : [...this.#keys] };
    this.#seq = 0;
    this.#keys = undefined;
    this.#notBefore = performance.now() + this.#options.everyMs;
    this.#options.deliver(hint);
    // What came after the one that was waited for may not have been readable yet.
    const wait = this.#readableAt - performance.now();
    if (wait > 0) this.add({ ...hint, afterMs: wait });
  }
}

function union(waiting: Set<string> | null | undefined, keys: readonly string[] | null): Set<string> | null {
  if (waiting === null || keys === null) return null;
  const all = waiting ?? new Set<string>();
  for (const key of keys) all.add(key);
  return all.size > MOST_KEYS ? null : all;
}
