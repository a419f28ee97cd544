import type { CommandResult, EventReport, Telemetry } from "@fleetlog/protocol";

/** A report with `boot`, the device's start in which it was made, and `seq`, its number since that start. */
type Ordered<T> = T & { readonly boot: string; readonly seq: number };

export type NewReport =
  | { readonly kind: "telemetry"; readonly body: Ordered<Telemetry> }
  | { readonly kind: "event"; readonly body: Ordered<EventReport> };

export type StoredReport = NewReport & {
  /** Increases with every report; a store never uses a key twice. */
  readonly key: number;
  /** Size of its JSON in UTF-8. */
  readonly bytes: number;
};

export type StoredCommand =
  | { readonly id: string; readonly name: string; readonly state: "running" }
  | {
      readonly id: string;
      readonly name: string;
      readonly state: "finished";
      readonly result: CommandResult;
      /** Whether the gateway has the result. */
      readonly acknowledged: boolean;
    };

export interface StoreLimits {
  /** Maximum number of stored reports. */
  readonly maxReports: number;
  /** Maximum bytes of JSON of all stored reports. */
  readonly maxBytes: number;
  /** How many acknowledged commands are remembered. Running and unacknowledged ones are never forgotten. */
  readonly maxCommands: number;
}

export const DEFAULT_LIMITS: StoreLimits = { maxReports: 10_000, maxBytes: 8 * 1024 * 1024, maxCommands: 1_000 };

/**
 * What a device must not lose: reports until the gateway has acknowledged them, commands so that none is run twice, and
 * the number of starts. Calls are synchronous: when a call returns, a persistent store has written the change. So a
 * report is safe before the caller continues.
 *
 * A full store drops the oldest telemetry first, then the oldest event.
 */
export interface Store {
  /** Counts this start: returns a number greater than at every start before, and at least `atLeast`. */
  nextBoot(atLeast: number): number;

  append(report: NewReport): StoredReport;
  remove(keys: readonly number[]): void;
  /** The oldest report with a key greater than `after`. */
  next(after: number): StoredReport | undefined;
  /** The highest key that was used so far; 0 if there was none. */
  readonly lastKey: number;
  readonly reports: number;
  readonly bytes: number;
  /** How many reports were dropped since the store was created. */
  readonly dropped: { readonly telemetry: number; readonly event: number };

  beginCommand(id: string, name: string): void;
  finishCommand(result: CommandResult, name: string): void;
  acknowledgeCommand(id: string): void;
  /** Removes a command, as if it had never been delivered. */
  forgetCommand(id: string): void;
  command(id: string): StoredCommand | undefined;
  /** In the order in which they were started. */
  commands(): Iterable<StoredCommand>;

  /** After `close`, no method may be called. */
  close(): void;
}
