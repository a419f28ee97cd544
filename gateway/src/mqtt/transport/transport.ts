/** The transport of an MQTT connection: TCP, TLS, or a WebSocket. */
export interface Transport {
  start(listener: TransportListener): void;
  readonly backlog: number;
  /** False: the peer reads too slowly, and `drained` is called when the backlog is sent. */
  write(bytes: Buffer): boolean;
  pause(): void;
  resume(): void;
  /** Closes when all bytes are sent. Reads on until then, because unread input would make TCP reset the connection. */
  end(): void;
  destroy(): void;
}

/** The connection, as its transport sees it. */
export interface TransportListener {
  received(chunk: Buffer): void;
  /** All bytes are sent, after `write` has returned false. */
  drained(): void;
  ended(): void;
  /** The transport is closed. Called once. */
  gone(detail: string | undefined): void;
}
