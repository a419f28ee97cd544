import type { Parts } from "./begun.ts";
import type { Call } from "./calls.ts";

/** A source of answers, such as the calls on one set of stores. */
export interface Answers {
  readonly calls: readonly Call[];
  close(): Promise<void>;
}

/** The current calls, which can be replaced without an interruption, for example after a rebuild. */
export class CurrentCalls<T extends Answers = Answers> {
  /** The calls of the first answers. Replacements must have the same names and requests. */
  readonly list: readonly Call[];
  #current: Counted<T>;
  readonly #former = new Set<Counted<T>>();

  constructor(first: T) {
    this.#current = new Counted(first);
    this.list = first.calls.map(({ name, request }) => ({
      name,
      request,
      answer: (asked: never) => this.#current.answer(name, asked),
    }));
  }

  get current(): T {
    return this.#current.answers;
  }

  /**
   * Closes the replaced answers, as soon as each answer that has begun was read or given up. Resolves when they are
   * closed.
   */
  async replace(next: T): Promise<void> {
    const former = this.#current;
    this.#current = new Counted(next);
    this.#former.add(former);
    await former.unused();
    this.#former.delete(former);
    await former.answers.close();
  }

  /** Cuts off answers that have begun. */
  async close(): Promise<void> {
    for (const former of this.#former) former.cut();
    await this.current.close();
  }
}

/** Counts the calls that still use the answers. */
class Counted<T extends Answers> {
  readonly answers: T;
  readonly #unused = Promise.withResolvers<void>();
  #users = 0;
  #isReplaced = false;

  constructor(answers: T) {
    this.answers = answers;
  }

  async answer(name: string, request: never): Promise<string | Parts> {
    this.#users += 1;
    let isHeld = false;
    try {
      const call = this.answers.calls.find((one) => one.name === name);
      if (call === undefined) throw new TypeError(`there is no call ${name}`);
      const answer = await call.answer(request);
      if (typeof answer === "string") return answer;
      isHeld = true;
      return this.#counted(answer);
    } finally {
      if (!isHeld) this.#leave();
    }
  }

  async unused(): Promise<void> {
    this.#isReplaced = true;
    if (this.#users > 0) await this.#unused.promise;
  }

  /** Stops waiting for answers that have begun. */
  cut(): void {
    this.#unused.resolve();
  }

  /**
   * The same parts. Their call counts as a user until they are read or given up. This is not a generator, because a
   * generator's `return` would wait for the part that is being made.
   */
  #counted(parts: Parts): Parts {
    const source = Symbol.asyncIterator in parts ? parts[Symbol.asyncIterator]() : parts[Symbol.iterator]();
    let isHeld = true;
    const leave = () => {
      if (isHeld) this.#leave();
      isHeld = false;
    };
    const iterator: AsyncIterator<string> = {
      async next() {
        try {
          const next = await source.next();
          if (next.done === true) leave();
          return next;
        } catch (error) {
          leave();
          throw error;
        }
      },
      async return() {
        try {
          await source.return?.();
        } finally {
          leave();
        }
        return { done: true, value: undefined };
      },
    };
    return { [Symbol.asyncIterator]: () => iterator };
  }

  #leave(): void {
    this.#users -= 1;
    if (this.#isReplaced && this.#users === 0) this.#unused.resolve();
  }
}
