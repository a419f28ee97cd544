import type { CommandResult, EventReport, Telemetry } from "@fleetlog/protocol";

/** `boot` is the start of the device, and `seq` the report's number since then. */
type Ordered<T> = T & { readonly boot: string | number; readonly seq: number };

export type NewReport =
  | { readonly kind: "telemetry"; readonly body: Ordered<Telemetry> }
  | { readonly kind: "event"; readonly body: Ordered<EventReport> };

export type StoredReport = NewReport & {
  /** Increases with every report, and is never used twice. */
  readonly key: number;
  /** The size of the JSON in UTF-8. */
  readonly bytes: number;
};

export type StoredCommand =
  | { readonly id: string; readonly name: string; readonly state: "running" }
  | {
      readonly id: string;
      readonly name: string;
      readonly state: "finished";
      readonly result: CommandResult;
      readonly acknowledged: boolean;
    };

export interface StoreLimits {
  readonly maxReports: number;
  /** The maximum size of all stored reports as JSON. */
  readonly maxBytes: number;
  /** How many acknowledged commands are remembered. Running and unacknowledged commands are always kept. */
  readonly maxCommands: number;
}

export const DEFAULT_LIMITS: StoreLimits = { maxReports: 10_000, maxBytes: 8 * 1024 * 1024, maxCommands: 1_000 };

/**
 * What a device must not lose. Calls are synchronous: a persistent store has written the change when the call returns.
 * A full store drops the oldest telemetry first, then the oldest event.
 */
export interface Store {
  /** Counts this start. @returns a number greater than that of each earlier start, and at least `atLeast` */
  nextBoot(atLeast: number): number;

  append(report: NewReport): StoredReport;
  remove(keys: readonly number[]): void;
  next(after: number): StoredReport | undefined;
  /** The highest key so far; 0 before the first report. */
  readonly lastKey: number;
  readonly reports: number;
  readonly bytes: number;
  readonly dropped: { readonly telemetry: number; readonly event: number };

  beginCommand(id: string, name: string): void;
  finishCommand(result: CommandResult, name: string): void;
  acknowledgeCommand(id: string): void;
  forgetCommand(id: string): void;
  command(id: string): StoredCommand | undefined;
  /** In the order of their start. */
  commands(): Iterable<StoredCommand>;

  close(): void;
}
