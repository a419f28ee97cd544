export interface Flushable {
  flush(): void;
}

/** Writes what was sent during one turn of the event loop in one go: acknowledgements come many at a time. */
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
