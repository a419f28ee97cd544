/**
 * Runs an action, one run at a time. A request during a run leads to another run, because the current run may have
 * missed a change.
 */
export class Serial {
  readonly #act: () => Promise<void>;
  #running = false;
  #again = false;

  constructor(act: () => Promise<void>) {
    this.#act = act;
  }

  run(): void {
    if (this.#running) this.#again = true;
    else void this.#go();
  }

  async #go(): Promise<void> {
    this.#running = true;
    do {
      this.#again = false;
      await this.#act();
    } while (this.#again);
    this.#running = false;
  }
}
