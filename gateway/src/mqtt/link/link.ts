/** The transport of an MQTT connection: TCP, TLS, or a WebSocket. */
export interface Link {
  /** Bytes that are not sent yet. */
  readonly backlog: number;
  /** False if the peer reads slowly: `drained` follows when it has caught up. */
  write(bytes: Buffer): boolean;
  pause(): void;
  resume(): void;
  /** Closes after what was written; what the peer still sends is read and dropped, so that no reset loses the former. */
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
