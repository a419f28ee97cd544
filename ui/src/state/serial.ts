/** Does one thing at a time, and once more if it was asked for meanwhile: it may have come too late for the first. */
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
