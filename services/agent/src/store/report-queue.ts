import { byteLength } from "../byte-length.ts";
import type { NewReport, StoredReport } from "./store.ts";

export class ReportQueue {
  readonly #reports = new Map<number, StoredReport>();
  #lastKey = 0;
  #bytes = 0;
  #telemetry = 0;
  #oldestTelemetry = 1;
  #oldest = 1;

  get size(): number {
    return this.#reports.size;
  }
  get bytes(): number {
    return this.#bytes;
  }
  get lastKey(): number {
    return this.#lastKey;
  }
  set lastKey(key: number) {
    this.#lastKey = Math.max(this.#lastKey, key);
  }

  put(key: number, report: NewReport): StoredReport {
    const stored = { ...report, key, bytes: byteLength(JSON.stringify(report.body)) };
    if (this.size === 0) this.#oldest = key;
    if (this.#telemetry === 0) this.#oldestTelemetry = key;
    this.#reports.set(key, stored);
    this.lastKey = key;
    this.#bytes += stored.bytes;
    if (report.kind === "telemetry") this.#telemetry += 1;
    return stored;
  }

  delete(key: number): StoredReport | undefined {
    const report = this.#reports.get(key);
    if (report === undefined) return undefined;
    this.#reports.delete(key);
    this.#bytes -= report.bytes;
    if (report.kind === "telemetry") this.#telemetry -= 1;
    return report;
  }

  next(after: number): StoredReport | undefined {
    if (this.size === 0) return undefined;
    while (!this.#reports.has(this.#oldest)) this.#oldest += 1;
    for (let key = Math.max(after + 1, this.#oldest); key <= this.#lastKey; key++) {
      const report = this.#reports.get(key);
      if (report !== undefined) return report;
    }
    return undefined;
  }

  /** The report that a full store drops: the oldest telemetry or, without telemetry, the oldest event. */
  get firstToDrop(): StoredReport | undefined {
    if (this.#telemetry === 0) return this.next(0);
    for (;;) {
      const report = this.#reports.get(this.#oldestTelemetry);
      if (report?.kind === "telemetry") return report;
      this.#oldestTelemetry += 1;
    }
  }

  [Symbol.iterator](): Iterator<StoredReport> {
    return this.#reports.values();
  }
}
