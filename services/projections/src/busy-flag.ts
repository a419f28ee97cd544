/** While one task has set the flag, other tasks wait before each of their steps. */
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
