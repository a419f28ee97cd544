import type { Store, StoredReport } from "../store/store.ts";
import type { Refusal } from "../transport/transport.ts";
import type { Parcel } from "./source.ts";

export interface LaneOptions {
  readonly store: Store;
  /** Most items of telemetry in one message. */
  readonly batchItems: number;
  /** Most bytes of telemetry in one message, but for a single item that is larger. */
  readonly batchBytes: number;
  onRefused(report: StoredReport, refusal: Refusal): void;
}

/**
 * A stretch of the stored reports, sent in sequence: neighbouring telemetry in one message, an event alone. A report
 * leaves the store when it is acknowledged, or refused for good.
 */
export class Lane {
  readonly #options: LaneOptions;
  readonly #inFlight = new Set<number>();
  /** Telemetry that goes alone because a message that it was in was refused: one of them is at fault. */
  readonly #suspects = new Set<number>();
  /** Keys up to here have been offered. */
  #cursor = 0;
  #end = 0;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  /** From now on it holds the reports after `from`, up to `to`. Nothing may be in flight. */
  cover(from: number, to: number): void {
    this.#cursor = from;
    this.#end = to;
    for (const key of this.#suspects) if (key <= from || key > to) this.#suspects.delete(key);
  }

  get empty(): boolean {
    return this.#inFlight.size === 0 && this.#peek() === undefined;
  }

  /** @param allowance most items of telemetry */
  take(allowance = Number.POSITIVE_INFINITY): { parcel: Parcel; items: number } | undefined {
    const first = this.#peek();
    if (first === undefined || allowance < 1) return undefined;
    const reports = first.kind === "event" ? [first] : this.#batch(first, allowance);
    for (const { key } of reports) this.#inFlight.add(key);
    this.#cursor = reports.at(-1)?.key ?? this.#cursor;
    return { parcel: this.#parcel(first, reports), items: reports.length };
  }

  #peek(after = this.#cursor): StoredReport | undefined {
    let report = this.#options.store.next(after);
    // After something went wrong the cursor goes back past messages that are still on their way.
    while (report !== undefined && this.#inFlight.has(report.key)) report = this.#options.store.next(report.key);
    return report !== undefined && report.key <= this.#end ? report : undefined;
  }

  #batch(first: StoredReport, allowance: number): StoredReport[] {
    const { batchItems, batchBytes } = this.#options;
    const batch = [first];
    let { bytes } = first;
    let last = first;
    while (batch.length < Math.min(batchItems, allowance) && !this.#suspects.has(last.key)) {
      const next = this.#options.store.next(last.key);
      if (next?.kind !== "telemetry" || next.key > this.#end || this.#inFlight.has(next.key)) break;
      bytes += next.bytes;
      if (bytes > batchBytes || this.#suspects.has(next.key)) break;
      batch.push(next);
      last = next;
    }
    return batch;
  }

  #parcel(first: StoredReport, reports: readonly StoredReport[]): Parcel {
    const { store, onRefused } = this.#options;
    const keys = reports.map(({ key }) => key);
    const settle = () => {
      for (const key of keys) {
        this.#inFlight.delete(key);
        this.#suspects.delete(key);
      }
    };
    const again = () => {
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
          again();
          for (const key of keys) this.#suspects.add(key);
          return;
        }
        settle();
        store.remove(keys);
        onRefused(first, refusal);
      },
      unsettled: again,
    };
  }
}
