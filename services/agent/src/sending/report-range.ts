import type { Store, StoredReport } from "../store/store.ts";
import type { Refusal } from "../transport/transport.ts";
import type { Delivery } from "./message-source.ts";

export interface ReportRangeOptions {
  readonly store: Store;
  readonly batchItems: number;
  /** The maximum bytes of telemetry in one message. A larger report is sent alone. */
  readonly batchBytes: number;
  onRefused(report: StoredReport, refusal: Refusal): void;
}

/**
 * Sends reports in sequence: adjacent telemetry in one message, each event alone. Acknowledged and refused reports
 * leave the store.
 */
export class ReportRange {
  readonly #options: ReportRangeOptions;
  readonly #inFlight = new Set<number>();
  /** The keys of a refused message. Its reports are sent alone, to find the refused one. */
  readonly #sendAlone = new Set<number>();
  #cursor = 0;
  #end = 0;

  constructor(options: ReportRangeOptions) {
    this.#options = options;
  }

  /** Changes the range to keys after `from`, up to `to`. Nothing may be in flight. */
  cover(from: number, to: number): void {
    this.#cursor = from;
    this.#end = to;
    for (const key of this.#sendAlone) if (key <= from || key > to) this.#sendAlone.delete(key);
  }

  get empty(): boolean {
    return this.#inFlight.size === 0 && this.#peek() === undefined;
  }

  take(maxReports = Number.POSITIVE_INFINITY): { delivery: Delivery; count: number } | undefined {
    const first = this.#peek();
    if (first === undefined || maxReports < 1) return undefined;
    const reports = first.kind === "event" ? [first] : this.#batch(first, maxReports);
    for (const { key } of reports) this.#inFlight.add(key);
    this.#cursor = reports.at(-1)?.key ?? this.#cursor;
    return { delivery: this.#delivery(first, reports), count: reports.length };
  }

  #peek(after = this.#cursor): StoredReport | undefined {
    let report = this.#options.store.next(after);
    // After a failure the cursor goes back over reports in flight.
    while (report !== undefined && this.#inFlight.has(report.key)) report = this.#options.store.next(report.key);
    return report !== undefined && report.key <= this.#end ? report : undefined;
  }

  #batch(first: StoredReport, maxReports: number): StoredReport[] {
    const { batchItems, batchBytes } = this.#options;
    const batch = [first];
    let { bytes } = first;
    let last = first;
    while (batch.length < Math.min(batchItems, maxReports) && !this.#sendAlone.has(last.key)) {
      const next = this.#options.store.next(last.key);
      if (next?.kind !== "telemetry" || next.key > this.#end || this.#inFlight.has(next.key)) break;
      bytes += next.bytes;
      if (bytes > batchBytes || this.#sendAlone.has(next.key)) break;
      batch.push(next);
      last = next;
    }
    return batch;
  }

  #delivery(first: StoredReport, reports: readonly StoredReport[]): Delivery {
    const { store, onRefused } = this.#options;
    const keys = reports.map(({ key }) => key);
    const settle = () => {
      for (const key of keys) {
        this.#inFlight.delete(key);
        this.#sendAlone.delete(key);
      }
    };
    const retry = () => {
      for (const key of keys) this.#inFlight.delete(key);
      this.#cursor = Math.min(this.#cursor, first.key - 1);
    };
    return {
      bytes: reports.reduce((sum, { bytes }) => sum + bytes, 0),
      message:
        first.kind === "event"
          ? { kind: "event", report: first.body }
          : {
              kind: "telemetry",
              reports: reports.flatMap((report) => (report.kind === "telemetry" ? [report.body] : [])),
            },
      acknowledged: () => {
        settle();
        store.remove(keys);
      },
      refused: (refusal) => {
        if (keys.length > 1) {
          retry();
          for (const key of keys) this.#sendAlone.add(key);
          return;
        }
        settle();
        store.remove(keys);
        onRefused(first, refusal);
      },
      retry,
    };
  }
}
