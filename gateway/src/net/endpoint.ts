export interface Endpoint {
  readonly connections: number;
  /** Ends all connections so that devices reconnect elsewhere or later. Resolves when all are closed. */
  close(): Promise<void>;
}
