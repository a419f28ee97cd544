/** The transport of an MQTT connection: TCP, TLS, or a WebSocket. */
export interface Link {
  /** Begins to read. The listener gets everything that arrives. Called once. */
  start(listener: LinkListener): void;
  /** Bytes that are not sent yet. */
  readonly backlog: number;
  /** Returns false if the peer reads too slowly: then `drained` is called once the backlog is sent. */
  write(bytes: Buffer): boolean;
  pause(): void;
  resume(): void;
  /**
   * Closes after all written bytes are sent. Keeps reading and drops the input: unread input would make TCP reset the
   * connection and lose the last bytes sent.
   */
  end(): void;
  /** Closes at once; unsent bytes are lost. */
  destroy(): void;
}

/** The connection, as its transport uses it. */
export interface LinkListener {
  received(chunk: Buffer): void;
  /** Called when all bytes are sent, after `write` has returned false. */
  drained(): void;
  /** Called when the peer has closed its side: it sends nothing more. */
  ended(): void;
  /** Called once, when either side has closed the transport. */
  gone(detail: string | undefined): void;
}
