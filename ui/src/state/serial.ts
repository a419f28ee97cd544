/** Runs one action at a time, and once more if it was requested meanwhile: the first run may have missed the change. */
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
