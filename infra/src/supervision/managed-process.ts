/** A process that the launcher can start: nats-server, a gateway, a projector … */
export interface ManagedProcess {
  readonly name: string;
  /** Resolves once the process is ready; rejects if the process ends before that. An abort stops the attempt. */
  start(signal: AbortSignal): Promise<RunningProcess>;
}

/** A started process that has reported ready. */
export interface RunningProcess {
  readonly pid: number;
  /** Text in the process's command line. A process with this pid but without this text is another process. */
  readonly mark: string;
  /** What the terminal shows about the ready process, such as its address. */
  readonly ready: string;
  /** Resolves when the process has ended, whatever the cause, with a text that names the cause. */
  readonly exited: Promise<string>;
  /** Stops the process gracefully, or kills it if that takes too long; resolves when it has ended. */
  stop(): Promise<void>;
  kill(): void;
}
