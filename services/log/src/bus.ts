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

/** Live messages between processes (core NATS). Subscriptions may have the wildcards `*` and a final `>`. */
export interface Bus {
  publish(subject: string, data: unknown): void;
  /** With `queue`, one member of the queue group gets each message. Errors of the handler are logged. */
  subscribe(
    subject: string,
    handler: (message: BusMessage) => void,
    options?: { readonly queue?: string },
  ): BusSubscription;
  /** @throws FleetError `unavailable` without a responder or an answer in time, or the FleetError of the responder */
  request(subject: string, data: unknown, options?: RequestOptions): Promise<unknown>;
  /** Answers requests. The requester gets the code, field and advice of a FleetError that the handler throws. */
  respond(subject: string, queue: string, handler: (data: unknown) => unknown): BusSubscription;
  /** Resolves when the server has all earlier publishes and subscriptions. */
  flush(): Promise<void>;
}
