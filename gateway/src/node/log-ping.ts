export interface LogPingOptions {
  /** Any question that the log answers in no time. */
  readonly ask: () => Promise<unknown>;
  /** Milliseconds from an answer to the next question. */
  readonly everyMs?: number;
  /** Milliseconds without an answer after which the log is taken for hung. */
  readonly lateMs?: number;
}

/**
 * Asks the log again and again whether it is there: what hangs, rather than closes its connections, shows in no other
 * way until an append has waited its full time. Told within two seconds; true again with the first answer.
 */
export class LogPing {
  readonly #options: Required<LogPingOptions>;
  readonly #listeners = new Set<() => void>();
  #answers = true;
  #stopped = false;
  #next: NodeJS.Timeout | undefined;

  constructor({ ask, everyMs = 500, lateMs = 1_500 }: LogPingOptions) {
    this.#options = { ask, everyMs, lateMs };
  }

  /** Whether the log answers; true until it is known otherwise. */
  get answers(): boolean {
    return this.#answers;
  }

  /** Calls back whenever `answers` has changed; returns the way to stop it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  start(): void {
    void this.#ping();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#next);
  }

  async #ping(): Promise<void> {
    const { ask, everyMs, lateMs } = this.#options;
    let answered = false;
    // Where this process itself was held up, the answer lies there already: it is read before the log is blamed.
    const late = setTimeout(() => setImmediate(() => this.#know(answered)), lateMs).unref();
    const answer = await ask().then(
      () => true,
      () => false,
    );
    answered = answer;
    clearTimeout(late);
    this.#know(answer);
    if (!this.#stopped) this.#next = setTimeout(() => void this.#ping(), everyMs).unref();
  }

  #know(answers: boolean): void {
    if (answers === this.#answers) return;
    this.#answers = answers;
    for (const listener of [...this.#listeners]) listener();
  }
}
