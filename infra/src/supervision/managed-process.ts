/** A process that the launcher can start. */
export interface ManagedProcess {
  readonly name: string;
  /** Resolves when the process is ready; rejects if it ends before. An abort stops the attempt. */
  start(signal: AbortSignal): Promise<RunningProcess>;
}

/** A started process that has reported ready. */
export interface RunningProcess {
  readonly pid: number;
  /** Part of the process's command line. Without it, this pid is another process. */
  readonly mark: string;
  /** The terminal's text about the ready process, such as its address. */
  readonly readyText: string;
  /** Resolves with the cause when the process has ended for any reason. */
  readonly exited: Promise<string>;
  /** Resolves when the process has ended; kills it if that takes too long. */
  stop(): Promise<void>;
  kill(): void;
}
