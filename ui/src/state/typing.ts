const PAUSE_MS = 150;
/** Less than the interval of a quick typist (90 ms), more than that of a key held down (30 ms). */
const WAIT_MS = 40;

/**
 * When to search during typing: at once after a pause, so that the first letter already gives a result, and then
 * whenever typing slows down.
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
