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
  /** With `queue`, one member of the queue group gets each message. Errors of the handler are logged. */
  subscribe(
    subject: string,
    handler: (message: BusMessage) => void,
    options?: { readonly queue?: string },
  ): BusSubscription;
  /**
   * Sends a request, and resolves with the data of the answer.
   * @throws FleetError `unavailable` if there is no responder or no answer in time; else the FleetError that the responder
   * threw
   */
  request(subject: string, data: unknown, options?: RequestOptions): Promise<unknown>;
  /** Answers requests. A FleetError of the handler reaches the requester with the same code, field and advice. */
  respond(subject: string, queue: string, handler: (data: unknown) => unknown): BusSubscription;
  /** Resolves when all earlier publishes and subscriptions have reached the server. */
  flush(): Promise<void>;
}
