/** Gives one task priority: the others wait before each of their steps while it is busy. */
export class Precedence {
  #busy: PromiseWithResolvers<void> | undefined;

  /** A promise that resolves when the task is idle; undefined if it is idle now. */
  get wait(): Promise<void> | undefined {
    return this.#busy?.promise;
  }

  set(busy: boolean): void {
    if (busy) this.#busy ??= Promise.withResolvers<void>();
    else {
      this.#busy?.resolve();
      this.#busy = undefined;
    }
  }
}
