/** Parts of an answer. The next one is made when it is requested. */
export type Parts = AsyncIterable<string> | Iterable<string>;

export type PartSource = AsyncIterator<string> | Iterator<string>;

/** An answer whose first two parts are made, or all if there are fewer. */
export interface Begun {
  readonly first: IteratorResult<string>;
  readonly second: IteratorResult<string>;
  /** The parts after the second. */
  readonly source: PartSource;
}

export async function begun(parts: Parts): Promise<Begun> {
  const source = Symbol.asyncIterator in parts ? parts[Symbol.asyncIterator]() : parts[Symbol.iterator]();
  const first = await source.next();
  return { first, second: first.done === true ? first : await source.next(), source };
}

/** The parts of an answer that may not have begun yet. */
export class LateSource implements AsyncIterator<string> {
  readonly #begun: Promise<Begun>;
  #given = 0;

  constructor(begun: Promise<Begun>) {
    this.#begun = begun;
    // If the answer fails, a call of `next` reports it.
    begun.catch(() => {});
  }

  async next(): Promise<IteratorResult<string>> {
    const { first, second, source } = await this.#begun;
    this.#given += 1;
    if (this.#given > 2) return await source.next();
    return this.#given === 1 ? first : second;
  }

  /** Ends the answer once it has begun. */
  async return(): Promise<IteratorResult<string>> {
    const { source } = await this.#begun;
    await source.return?.();
    return { done: true, value: undefined };
  }
}
