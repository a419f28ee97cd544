/** Lets one task go first: others ask before each step of theirs, and wait while it has something to do. */
export class Precedence {
  #busy: PromiseWithResolvers<void> | undefined;

  /** Undefined while there is nothing to wait for. */
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
