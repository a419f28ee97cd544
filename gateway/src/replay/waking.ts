/** Lets one task wait, and other tasks end the wait early. */
export class Waking {
  #wake: () => void = () => {};

  /** @param ms undefined: until it is woken */
  wait(ms?: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(resolve, Math.max(1, ms));
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  wake(): void {
    this.#wake();
  }
}
