/** How long a connection over the connection limit may take to log in. */
const OVER_LIMIT_MS = 2_000;
/** How long opening a session may wait for the log. */
const OPENING_MS = 30_000;
/** How long a peer may read nothing before the connection is dropped. */
const STALL_MS = 30_000;
/** How long the peer may take to read the rest and end its side. */
const LINGER_MS = 2_000;

/** When a connection expires. Each call replaces the time of the call before. */
export class Deadline {
  /** Time of `performance.now()`, ms. */
  at: number;

  constructor(loginMs: number, isOverLimit: boolean) {
    this.at = performance.now() + (isOverLimit ? Math.min(loginMs, OVER_LIMIT_MS) : loginMs);
  }

  opening(): void {
    this.at = performance.now() + OPENING_MS;
  }

  /** [MQTT-3.1.2-22] @param seconds 0: none */
  keepAlive(seconds: number): void {
    this.at = seconds === 0 ? Number.POSITIVE_INFINITY : performance.now() + seconds * 1_500;
  }

  /** While the gateway does not read, the keep-alive can't be checked. */
  suspended(): void {
    this.at = Number.POSITIVE_INFINITY;
  }

  /** The peer does not read. */
  stalled(): void {
    this.at = performance.now() + STALL_MS;
  }

  /** The gateway has closed the connection. */
  closed(): void {
    this.at = performance.now() + LINGER_MS;
  }
}
