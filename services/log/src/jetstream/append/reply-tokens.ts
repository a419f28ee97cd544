/**
 * The tokens of reply subjects, each unique among the appends in flight. A token is used again after its append was
 * stored, the newest first. The reason is that nats-server caches the subscriptions of 512 subjects for each
 * connection, and a subject outside of the cache costs 0.9 µs more. A token is not used again after an error or without
 * an answer, because a late answer would be taken for the next append's.
 */
export class ReplyTokens {
  readonly #fresh: () => number;
  /**
   * Whether tokens are used again. Not with replicas: a new leader may answer an append that the former leader has
   * answered.
   */
  #reuse: boolean;
  readonly #free: number[] = [];

  /** @param fresh a token that was never used */
  constructor(fresh: () => number, replicas: number) {
    this.#fresh = fresh;
    this.#reuse = replicas === 1;
  }

  take(): number {
    return this.#free.pop() ?? this.#fresh();
  }

  /** A token for an append that may get several answers. */
  takeOnce(): number {
    return this.#fresh();
  }

  /** Call if the stream has replicas, whatever this process's settings say. */
  replicated(): void {
    this.#reuse = false;
    this.#free.length = 0;
  }

  stored(token: number): void {
    if (this.#reuse) this.#free.push(token);
  }
}
