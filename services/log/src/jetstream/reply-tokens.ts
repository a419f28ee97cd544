/**
 * nats-server keeps the subscriptions of this many subjects in a cache for each connection. A reply subject outside of
 * it costs the server about 0.9 µs more.
 */
export const CACHED_SUBJECTS = 512;
/** If an acknowledgement takes longer, a limit of appends in flight would cost more throughput than the cache saves. */
const SLOW_MS = 20;

/**
 * The tokens of reply subjects, each unique among the appends in flight. A token is used again after its append was
 * stored, so that the server sees few subjects. A token is not used again after an error or without an answer, because
 * a late answer would be taken for the next append's.
 */
export class ReplyTokens {
  readonly #fresh: () => number;
  /** With replicas, a new leader may answer an append again that the former leader has already answered. */
  readonly #reuse: boolean;
  readonly #free: number[] = [];
  #slow = false;

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

  stored(token: number): void {
    if (this.#reuse) this.#free.push(token);
  }

  /** How many appends may be in flight. @param oldestSentAt of the appends in flight, in milliseconds since 1970 */
  limit(inFlight: number, oldestSentAt: number, now: number): number {
    if (!this.#reuse) return Number.POSITIVE_INFINITY;
    if (inFlight >= CACHED_SUBJECTS && now - oldestSentAt > SLOW_MS) this.#slow = true;
    return this.#slow ? Number.POSITIVE_INFINITY : CACHED_SUBJECTS;
  }

  /** Tries the lower limit again: a pause of this process also makes an acknowledgement late. */
  tick(): void {
    this.#slow = false;
  }
}
