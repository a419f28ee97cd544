const PAUSE_MS = 150;
const WAIT_MS = 60;

/**
 * When to search for what is being typed: at once after a pause, so that the first letter already shows something, and
 * then each time the typist slows down.
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
