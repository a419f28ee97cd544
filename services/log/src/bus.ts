/** A message between processes: JSON, not stored, delivered at most once. */
export interface BusMessage {
  readonly subject: string;
  readonly data: unknown;
}

export interface BusSubscription {
  stop(): void;
}

export interface RequestOptions {
  /** Default 5,000. */
  readonly timeoutMs?: number;
}

/**
 * Live messages between processes (core NATS). Subjects are dot-separated tokens; subscriptions may use `*` and a
 * final `>`. Use `encodeToken` of @fleetlog/domain for ids.
 */
export interface Bus {
  publish(subject: string, data: unknown): void;
  /** With `queue`, one member of the queue group gets each message. A handler's error is logged, and harms nothing else. */
  subscribe(
    subject: string,
    handler: (message: BusMessage) => void,
    options?: { readonly queue?: string },
  ): BusSubscription;
  /**
   * Asks, and resolves with the answer's data.
   * @throws FleetError `unavailable` if nobody answers there or not in time; else the FleetError that the responder threw
   */
  request(subject: string, data: unknown, options?: RequestOptions): Promise<unknown>;
  /** Answers requests; what the handler throws reaches the asker as a FleetError with the same code, field and advice. */
  respond(subject: string, queue: string, handler: (data: unknown) => unknown): BusSubscription;
  /** Resolves when all that was published and subscribed before has reached the server. */
  flush(): Promise<void>;
}
