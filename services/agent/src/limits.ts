export interface Limits {
  /** The maximum number of messages in flight; fewer if the gateway asks for that. */
  readonly window: number;
  /** No message is sent while more bytes than this are in flight. The backlog may fill half of this. */
  readonly windowBytes: number;
  readonly batchItems: number;
  readonly batchBytes: number;
  /** The maximum bytes of one report as JSON. `report` and `event` throw for larger reports. */
  readonly reportBytes: number;
  readonly backlogPerSecond: number;
  readonly commandConcurrency: number;
  readonly connectTimeoutMs: number;
  /** The agent reconnects if nothing was acknowledged for this long, or one call takes ten times as long. */
  readonly callTimeoutMs: number;
  readonly heartbeatMs: number;
  /** A connection that lasts this long resets the back-off. */
  readonly stableMs: number;
  /** The first pause after a temporary refusal without a retry time. Each further refusal in a row doubles the pause. */
  readonly pauseMs: number;
}

export const DEFAULT_AGENT_LIMITS: Limits = {
  window: 16,
  // 32 KiB take 16 s at 2 KiB/s, a slow mobile link: less than `callTimeoutMs`.
  windowBytes: 32_768,
  batchItems: 50,
  batchBytes: 8_192,
  reportBytes: 131_072,
  backlogPerSecond: 500,
  commandConcurrency: 1,
  connectTimeoutMs: 30_000,
  callTimeoutMs: 30_000,
  heartbeatMs: 25_000,
  stableMs: 30_000,
  pauseMs: 1_000,
};
