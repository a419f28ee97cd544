/** A process that the launcher can start. */
export interface ManagedProcess {
  readonly name: string;
  /** Calls `spawned` as soon as the process exists, which may be long before it is ready. */
  start(signal: AbortSignal, spawned: (process: SpawnedProcess) => void): Promise<RunningProcess>;
}

export interface SpawnedProcess {
  readonly pid: number;
  /** Part of the process's command line, which distinguishes it from a later process with the same pid. */
  readonly mark: string;
}

/** A started process that has reported ready. */
export interface RunningProcess extends SpawnedProcess {
  readonly readyText: string;
  readonly exited: Promise<string>;
  stop(): Promise<void>;
  kill(): void;
}
