/** What carries an MQTT connection: TCP, TLS, or a WebSocket. */
export interface Link {
  /** Bytes that the peer has not taken yet. */
  readonly backlog: number;
  /** False if the peer takes it slowly: `drained` follows when it has caught up. */
  write(bytes: Buffer): boolean;
  pause(): void;
  resume(): void;
  /** Closes after what was written; reads on to nowhere, so that what was written is not lost by a reset. */
  end(): void;
  /** Closes now. */
  destroy(): void;
}

export interface LinkListener {
  received(chunk: Buffer): void;
  drained(): void;
  /** Called once, whoever closed it. */
  gone(detail: string | undefined): void;
}
