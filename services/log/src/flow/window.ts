/** How much may be on its way to the log at once. */
export interface AppendWindow {
  /** Default 4,096. */
  readonly events?: number;
  /** Default 32 MiB. */
  readonly bytes?: number;
}

export const DEFAULT_WINDOW = { events: 4_096, bytes: 32 * 1024 * 1024 } as const;

/** The queue before the window takes so many windows' worth of events (they may be small), but one of bytes. */
const QUEUED_WINDOWS = 16;

/** Counts what callers have handed over and the log has not settled: first a window, behind it a bounded queue. */
export class Gate {
  readonly window: { readonly events: number; readonly bytes: number };
  #events = 0;
  #bytes = 0;

  constructor(window: AppendWindow = {}) {
    this.window = {
      events: window.events ?? DEFAULT_WINDOW.events,
      bytes: window.bytes ?? DEFAULT_WINDOW.bytes,
    };
  }

  get events(): number {
    return this.#events;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The window has no room: what is handed over now waits in the queue. */
  get full(): boolean {
    return this.#events >= this.window.events || this.#bytes >= this.window.bytes;
  }

  /** Takes it in, or answers false because the queue is full as well. */
  admit(bytes: number): boolean {
    const { window } = this;
    if (this.#events >= window.events * (1 + QUEUED_WINDOWS)) return false;
    // One event always fits into an empty gate, however large it is.
    if (this.#events > 0 && this.#bytes + bytes > window.bytes * 2) return false;
    this.#events += 1;
    this.#bytes += bytes;
    return true;
  }

  release(bytes: number): void {
    this.#events -= 1;
    this.#bytes -= bytes;
  }
}
