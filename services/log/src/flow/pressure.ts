/** Whether callers ought to hold back, and who waits for that to end. */
export class Pressure {
  #congested = false;
  #waiting: (() => void)[] = [];

  get congested(): boolean {
    return this.#congested;
  }

  set(congested: boolean): void {
    if (this.#congested === congested) return;
    this.#congested = congested;
    if (congested) return;
    const relieved = this.#waiting;
    this.#waiting = [];
    for (const resolve of relieved) resolve();
  }

  whenRelieved(): Promise<void> {
    if (!this.#congested) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
