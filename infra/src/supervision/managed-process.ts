/** A process that the launcher can start. */
export interface ManagedProcess {
  readonly name: string;
  start(signal: AbortSignal): Promise<RunningProcess>;
}

/** A started process that has reported ready. */
export interface RunningProcess {
  readonly pid: number;
  /** Part of the process's command line, which distinguishes it from a later process with the same pid. */
  readonly mark: string;
  readonly readyText: string;
  readonly exited: Promise<string>;
  stop(): Promise<void>;
  kill(): void;
}
