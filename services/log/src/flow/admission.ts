export interface AppendWindow {
  /** Default 4,096. */
  readonly events?: number;
  /** Default 32 MiB. */
  readonly bytes?: number;
}

export const DEFAULT_WINDOW = { events: 4_096, bytes: 32 * 1024 * 1024 } as const;

/** The queue holds the events of this many windows, but only the bytes of one window. */
const QUEUED_WINDOWS = 16;

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

  get windowFull(): boolean {
    return this.#events >= this.window.events || this.#bytes >= this.window.bytes;
  }

  /** Counts an append. @returns false, without counting, if the window and the queue are full */
  admit(bytes: number): boolean {
    const { window } = this;
    if (this.#events >= window.events * (1 + QUEUED_WINDOWS)) return false;
    // A single append of any size is admitted.
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
