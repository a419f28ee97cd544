/** While the flag is set, tasks other than the setter wait before each step. */
export class BusyFlag {
  #busy: PromiseWithResolvers<void> | undefined;

  /** Resolves when the flag is cleared; undefined if it is not set. */
  get cleared(): Promise<void> | undefined {
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
