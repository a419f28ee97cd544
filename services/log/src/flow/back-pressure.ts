export class BackPressure {
  #congested = false;
  #waiting: (() => void)[] = [];

  get congested(): boolean {
    return this.#congested;
  }

  set(congested: boolean): void {
    if (this.#congested === congested) return;
    this.#congested = congested;
    if (congested) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  whenRelieved(): Promise<void> {
    if (!this.#congested) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
