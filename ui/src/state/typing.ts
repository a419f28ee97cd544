const PAUSE_MS = 150;
/**
 * Shorter than the time between two letters of a quick typist (90 ms), so that each letter searches. Longer than the
 * time between two repeats of a held key (30 ms), so that a held key searches when it is released.
 */
const WAIT_MS = 40;

/**
 * Decides when to search during typing. The first key after a pause searches at once, so that the first letter already
 * gives a result. A later key searches when no other key has followed for {@link WAIT_MS}.
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
