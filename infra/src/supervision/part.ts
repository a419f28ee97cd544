/** Something of the whole that runs as a process of its own: nats-server, a gateway, a projector … */
export interface Part {
  readonly name: string;
  /** Starts it; resolves once it is ready, rejects when it ends before that. An abort ends the attempt. */
  start(signal: AbortSignal): Promise<RunningPart>;
}

/** A part that was ready once. */
export interface RunningPart {
  readonly pid: number;
  /** Part of its command line, by which another start can tell it from a process that got the same pid. */
  readonly mark: string;
  /** What it is ready with, in words for people. */
  readonly ready: string;
  /** Resolves with the reason when it has ended, however that came. */
  readonly exited: Promise<string>;
  /** Ends it in order, and by force when it takes too long; resolves when it is gone. */
  stop(): Promise<void>;
  /** Ends it at once. */
  kill(): void;
}
