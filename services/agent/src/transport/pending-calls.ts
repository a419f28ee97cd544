import type { Clock } from "../clock.ts";

/** Calls under way on one connection: each ends when it is answered, when time is up, or when the connection is gone. */
export class PendingCalls {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #onTimeout: () => void;
  readonly #cancels = new Set<(error: Error) => void>();
  #ended: Error | undefined;

  constructor(clock: Clock, timeoutMs: number, onTimeout: () => void) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#onTimeout = onTimeout;
  }

  run<T>(start: () => Promise<T>): Promise<T> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => {
      const settle = (then: () => void) => {
        this.#cancels.delete(cancel);
        stopTimer();
        then();
      };
      const cancel = (error: Error) => settle(() => reject(error));
      const stopTimer = this.#clock.after(this.#timeoutMs, () => {
        cancel(new Error(`no acknowledgement within ${this.#timeoutMs} ms`));
        this.#onTimeout();
      });
      this.#cancels.add(cancel);
      start().then(
        (value) => settle(() => resolve(value)),
        (error: unknown) => settle(() => reject(error instanceof Error ? error : new Error(String(error)))),
      );
    });
  }

  end(reason: string): void {
    const error = new Error(`the connection has ended: ${reason}`);
    this.#ended ??= error;
    for (const cancel of [...this.#cancels]) cancel(error);
  }
}
