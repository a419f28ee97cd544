import type { CommandResult, EventReport, Telemetry } from "@fleetlog/protocol";

/** A report with its place in the device's own order. */
type Ordered<T> = T & { readonly boot: string; readonly seq: number };

export type NewReport =
  | { readonly kind: "telemetry"; readonly body: Ordered<Telemetry> }
  | { readonly kind: "event"; readonly body: Ordered<EventReport> };

export type StoredReport = NewReport & {
  /** Grows with every report; never given twice by one store. */
  readonly key: number;
  /** Of its JSON in UTF-8. */
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
  /** Reports that wait at most. */
  readonly maxReports: number;
  /** Bytes of JSON that wait at most. */
  readonly maxBytes: number;
  /** Finished commands that are remembered. Those that run, or whose result is not acknowledged, are never forgotten. */
  readonly maxCommands: number;
}

export const DEFAULT_LIMITS: StoreLimits = { maxReports: 10_000, maxBytes: 8 * 1024 * 1024, maxCommands: 1_000 };

/**
 * What a device must not lose: reports until the gateway has them, commands so that none is done twice, and how often
 * it was started. Every change is kept when the call returns, as far as the store is one that keeps; calls are
 * synchronous so that a report is safe before the code that made it goes on.
 *
 * It is never larger than its limits: the oldest telemetry gives way first, then the oldest event.
 */
export interface Store {
  /** Counts this start: more than at every start before, and at least as given. */
  nextBoot(atLeast: number): number;

  append(report: NewReport): StoredReport;
  remove(keys: readonly number[]): void;
  /** The oldest report with a key greater than that. */
  next(after: number): StoredReport | undefined;
  /** Key of the newest report ever, 0 if there was none. */
  readonly lastKey: number;
  readonly reports: number;
  readonly bytes: number;
  /** How many gave way since the store was made. */
  readonly dropped: { readonly telemetry: number; readonly event: number };

  beginCommand(id: string, name: string): void;
  finishCommand(result: CommandResult, name: string): void;
  acknowledgeCommand(id: string): void;
  /** As if it had never been delivered. */
  forgetCommand(id: string): void;
  command(id: string): StoredCommand | undefined;
  /** In the order in which they began. */
  commands(): Iterable<StoredCommand>;

  /** Nothing may be called after it. */
  close(): void;
}
