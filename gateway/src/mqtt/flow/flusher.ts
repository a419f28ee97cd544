export interface Flushable {
  flush(): void;
}

/**
 * Flushes each output once per turn of the event loop, so that all acknowledgements to one peer in a turn are written
 * at once.
 */
export class Flusher {
  #due: Flushable[] = [];

  add(flushable: Flushable): void {
    if (this.#due.push(flushable) === 1) setImmediate(this.#run);
  }

  readonly #run = (): void => {
    const due = this.#due;
    this.#due = [];
    for (const flushable of due) flushable.flush();
  };
}
