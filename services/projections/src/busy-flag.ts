/** A flag for one task. Other tasks wait before each of their steps while it is set. */
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
