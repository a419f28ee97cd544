export interface Flushable {
  flush(): void;
}

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
