import type { LogStatus } from "../log.ts";

export class ObservableStatus {
  #status: LogStatus;
  readonly #listeners = new Set<(status: LogStatus) => void>();

  constructor(status: LogStatus) {
    this.#status = status;
  }

  get status(): LogStatus {
    return this.#status;
  }

  set(status: LogStatus): void {
    if (status === this.#status) return;
    this.#status = status;
    for (const listener of [...this.#listeners]) listener(status);
  }

  onStatus(listener: (status: LogStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
