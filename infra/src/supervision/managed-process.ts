/** A process that the launcher can start. */
export interface ManagedProcess {
  readonly name: string;
  start(signal: AbortSignal): Promise<RunningProcess>;
}

/** A started process that has reported ready. */
export interface RunningProcess {
  readonly pid: number;
  /** Part of the process's command line. Without it, this pid is another process. */
  readonly mark: string;
  readonly readyText: string;
  readonly exited: Promise<string>;
  stop(): Promise<void>;
  kill(): void;
}
