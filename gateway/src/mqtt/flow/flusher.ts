export interface Flushable {
  flush(): void;
}

/** Flushes each output once a turn of the event loop, so that a peer gets all acknowledgements in one write. */
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
