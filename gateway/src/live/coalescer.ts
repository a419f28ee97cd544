import type { StreamName } from "@fleetlog/domain";
import type { StreamSequences } from "@fleetlog/protocol";

/** Something has changed and should be loaded again. A hint never has the change itself. */
export interface Hint {
  /** FLEET sequence of the views; 0 if unknown. */
  readonly seq: number;
  readonly seqs?: StreamSequences;
  /**
   * Keys of the changed rows or, for the events of a device, their categories. Null: load everything, because there are too
   * many keys or they are unknown.
   */
  readonly keys: readonly string[] | null;
}

export interface CoalescerOptions {
  readonly everyMs: number;
  /** How long a hint waits for further hints; default 0. */
  readonly holdMs?: number;
  readonly deliver: (hint: Hint) => void;
  /** Back-pressure: a promise that resolves when the next hint may be delivered; undefined: deliver now. */
  readonly whenReady?: () => Promise<void> | undefined;
}

/** A hint with more keys than this is delivered without keys. */
export const MAX_KEYS = 256;

/**
 * Delivers the first hint after `holdMs`, and then at most one every `everyMs`. All waiting hints are merged, so memory
 * is bounded. A hint after back-pressure has no keys.
 */
export class Coalescer {
  readonly #options: CoalescerOptions;
  #seq = 0;
  #seqs: StreamSequences | undefined;
  #keys: Set<string> | null | undefined;
  #timer: NodeJS.Timeout | undefined;
  #due = 0;
  #notBefore = 0;
  #waitsUntilReady = false;
  #stopped = false;

  constructor(options: CoalescerOptions) {
    this.#options = options;
  }

  add({ seq, seqs, keys }: Hint): void {
    if (this.#stopped) return;
    const { holdMs = 0 } = this.#options;
    this.#seq = Math.max(this.#seq, seq);
    this.#seqs = newest(this.#seqs, seqs);
    this.#keys = union(this.#keys, keys);
    if (!this.#waitsUntilReady) this.#schedule(Math.max(performance.now() + holdMs, this.#notBefore));
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
    const ready = this.#options.whenReady?.();
    if (ready !== undefined) {
      this.#waitsUntilReady = true;
      this.#keys = null;
      void ready.then(() => {
        this.#waitsUntilReady = false;
        this.#flush();
      });
      return;
    }
    const seqs = this.#seqs;
    const keys = this.#keys === null ? null : [...this.#keys];
    const hint = { seq: this.#seq, ...(seqs !== undefined && { seqs }), keys };
    this.#seq = 0;
    this.#seqs = undefined;
    this.#keys = undefined;
    this.#notBefore = performance.now() + this.#options.everyMs;
    this.#options.deliver(hint);
  }
}

export function newest(a: StreamSequences | undefined, b: StreamSequences | undefined): StreamSequences | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const both: Partial<Record<StreamName, number>> = { ...a };
  for (const [stream, seq] of Object.entries(b) as [StreamName, number][]) {
    both[stream] = Math.max(both[stream] ?? 0, seq);
  }
  return both;
}

function union(waiting: Set<string> | null | undefined, keys: readonly string[] | null): Set<string> | null {
  if (waiting === null || keys === null) return null;
  const all = waiting ?? new Set<string>();
  for (const key of keys) all.add(key);
  return all.size > MAX_KEYS ? null : all;
}
