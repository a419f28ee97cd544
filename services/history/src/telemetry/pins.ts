/**
 * Counts the users of things such as files, so that a thing that is not wanted any more is removed after its last use.
 */
export class Pins<T> {
  readonly #remove: (thing: T) => void;
  readonly #users = new Map<T, number>();
  readonly #unwanted = new Set<T>();

  constructor(remove: (thing: T) => void) {
    this.#remove = remove;
  }

  /** @returns a function to call when the things are no longer used */
  use(things: readonly T[]): () => void {
    for (const thing of things) this.#users.set(thing, (this.#users.get(thing) ?? 0) + 1);
    return () => {
      for (const thing of things) {
        const left = (this.#users.get(thing) ?? 0) - 1;
        if (left > 0) this.#users.set(thing, left);
        else {
          this.#users.delete(thing);
          if (this.#unwanted.delete(thing)) this.#remove(thing);
        }
      }
    };
  }

  /** Removes the thing now or, while it is in use, after its last use. */
  drop(thing: T): void {
    if (this.#users.has(thing)) this.#unwanted.add(thing);
    else this.#remove(thing);
  }
}
