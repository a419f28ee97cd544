/** How much may be in flight to the log at once. */
export interface AppendWindow {
  /** Default 4,096. */
  readonly events?: number;
  /** Default 32 MiB. */
  readonly bytes?: number;
}

export const DEFAULT_WINDOW = { events: 4_096, bytes: 32 * 1024 * 1024 } as const;

/**
 * The queue behind the window holds at most this many times the window's number of events, and at most as many bytes as the
 * window: small events need few bytes, so many of them may wait.
 */
const QUEUED_WINDOWS = 16;

/** Limits the appends that are not settled: a window that is in flight, and a bounded queue behind it. */
export class AdmissionControl {
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

  /** Further appends wait in the queue. */
  get windowFull(): boolean {
    return this.#events >= this.window.events || this.#bytes >= this.window.bytes;
  }

  /** Counts an append; returns false without counting it if both the window and the queue are full. */
  admit(bytes: number): boolean {
    const { window } = this;
    if (this.#events >= window.events * (1 + QUEUED_WINDOWS)) return false;
    // A single event is always admitted, whatever its size.
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
