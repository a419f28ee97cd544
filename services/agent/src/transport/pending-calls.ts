import type { Clock } from "../clock.ts";

/** The longest time that a call may take, in multiples of the timeout. */
const MAX_TIMEOUTS = 10;

/**
 * A call times out only if no call was answered for `timeoutMs`, because over a slow link the last call waits for the
 * calls before it.
 */
export class PendingCalls {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #onTimeout: () => void;
  readonly #cancels = new Set<(error: Error) => void>();
  #ended: Error | undefined;
  #answeredAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, timeoutMs: number, onTimeout: () => void) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#onTimeout = onTimeout;
  }

  run<T>(start: () => Promise<T>): Promise<T> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => {
      const began = this.#clock.elapsed();
      const settle = (then: () => void) => {
        this.#cancels.delete(cancel);
        stopTimer();
        then();
      };
      const answered = (then: () => void) => {
        this.#answeredAt = this.#clock.elapsed();
        settle(then);
      };
      const cancel = (error: Error) => settle(() => reject(error));
      const check = () => {
        const now = this.#clock.elapsed();
        const left = Math.min(this.#answeredAt + this.#timeoutMs, began + MAX_TIMEOUTS * this.#timeoutMs) - now;
        if (left > 0) {
          stopTimer = this.#clock.after(left, check);
          return;
        }
        cancel(new Error(`no acknowledgement within ${this.#timeoutMs} ms`));
        this.#onTimeout();
      };
      let stopTimer = this.#clock.after(this.#timeoutMs, check);
      this.#cancels.add(cancel);
      start().then(
        (value) => answered(() => resolve(value)),
        (error: unknown) => answered(() => reject(error instanceof Error ? error : new Error(String(error)))),
      );
    });
  }

  end(reason: string): void {
    const error = new Error(`the connection has ended: ${reason}`);
    this.#ended ??= error;
    for (const cancel of [...this.#cancels]) cancel(error);
  }
}
