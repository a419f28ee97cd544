import { setTimeout as delay } from "node:timers/promises";

/** Runs some work at once, and again after each pause, until it is stopped. A failure ends only the current run. */
export class Repeated {
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;

  start(work: () => Promise<void>, pauseMs: number, onFailure: (reason: string) => void): void {
    this.#running ??= this.#run(work, pauseMs, onFailure);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(work: () => Promise<void>, pauseMs: number, onFailure: (reason: string) => void): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await work().catch((error: unknown) => {
        if (!signal.aborted) onFailure(error instanceof Error ? error.message : String(error));
      });
      await delay(pauseMs, undefined, { signal }).catch(() => {});
    }
  }
}
