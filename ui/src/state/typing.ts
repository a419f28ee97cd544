const PAUSE_MS = 150;
/**
 * Shorter than the interval of a quick typist (90 ms), so that each letter searches; longer than that of a held key (30
 * ms).
 */
const WAIT_MS = 40;

/**
 * Decides when to search during typing: at once at the first key after a pause, otherwise {@link WAIT_MS} after the
 * last key.
 */
export class Typing {
  readonly #act: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #last = Number.NEGATIVE_INFINITY;

  constructor(act: () => void) {
    this.#act = act;
  }

  typed(): void {
    const now = performance.now();
    const paused = now - this.#last > PAUSE_MS;
    this.#last = now;
    this.stop();
    if (paused) this.#act();
    else this.#timer = setTimeout(this.#act, WAIT_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
