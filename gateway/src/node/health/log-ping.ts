export interface LogPingOptions {
  readonly ping: () => Promise<unknown>;
  /** Milliseconds from an answer to the next ping. */
  readonly everyMs?: number;
  /** Milliseconds without an answer after which the log counts as hung. */
  readonly timeoutMs?: number;
}

/**
 * Pings the log periodically, to detect within two seconds that a server with open connections hangs. Without pings
 * only the timeout of an append would show it.
 */
export class LogPing {
  readonly #options: Required<LogPingOptions>;
  readonly #listeners = new Set<() => void>();
  #answers = true;
  #stopped = false;
  #next: NodeJS.Timeout | undefined;

  constructor({ ping, everyMs = 500, timeoutMs = 1_500 }: LogPingOptions) {
    this.#options = { ping, everyMs, timeoutMs };
  }

  /** True before the first ping. */
  get answers(): boolean {
    return this.#answers;
  }

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
    const { ping, everyMs, timeoutMs } = this.#options;
    let answered = false;
    // After a pause of this process the answer may wait in the socket. setImmediate lets the socket be read first.
    const timeout = setTimeout(() => setImmediate(() => this.#setAnswers(answered)), timeoutMs).unref();
    const answer = await ping().then(
      () => true,
      () => false,
    );
    answered = answer;
    clearTimeout(timeout);
    this.#setAnswers(answer);
    if (!this.#stopped) this.#next = setTimeout(() => void this.#ping(), everyMs).unref();
  }

  #setAnswers(answers: boolean): void {
    if (answers === this.#answers) return;
    this.#answers = answers;
    for (const listener of [...this.#listeners]) listener();
  }
}
