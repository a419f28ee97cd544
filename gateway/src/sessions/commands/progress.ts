import { type Command, type CommandProgress, FleetError, noMoreProgress } from "@fleetlog/domain";
import type { Reserve } from "../../node/health/reserve.ts";

/** Minimum time between two CommandProgressed events of a session. */
const GAP_MS = 100;
/**
 * Minimum time between two CommandProgressed events of one command: a hundredth of the time since the delivery. Devices
 * mistake a wait of more than ten seconds for a broken connection.
 */
const SHORTEST_MS = 1_000;
const LONGEST_MS = 10_000;
const SHARE = 0.01;

export interface ProgressOptions {
  readonly clock: () => number;
  readonly reserve: Pick<Reserve, "holding">;
  current(id: string): Command | undefined;
  /** Starts the append before it returns. Resolves with the log sequence. */
  record(command: Command, progress: CommandProgress): Promise<number>;
}

interface Report extends PromiseWithResolvers<number> {
  readonly progress: CommandProgress;
}

interface Waiting {
  readonly command: Command;
  progress: CommandProgress;
  /** Reports without an answer: each has a field that no newer report has. */
  reports: Report[];
}

/**
 * Merges progress reports that come too fast. A report is answered with the merged report, or at once when a newer
 * report has all of its fields.
 */
export class ProgressReports {
  readonly #options: ProgressOptions;
  readonly #waiting = new Map<string, Waiting>();
  readonly #recordedAt = new Map<string, number>();
  #nextAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ProgressOptions) {
    this.#options = options;
  }

  report(command: Command, progress: CommandProgress): Promise<number> {
    const { id } = command;
    const report = { ...Promise.withResolvers<number>(), progress };
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) {
      this.#waiting.set(id, { command, progress, reports: [report] });
      this.#next();
    } else {
      waiting.progress = { ...waiting.progress, ...progress };
      waiting.reports = [...this.#unreplaced(waiting, progress), report];
    }
    return report.promise;
  }

  /** Answers the reports that the newer one replaces. Returns the remaining reports. */
  #unreplaced({ command, reports }: Waiting, newer: CommandProgress): Report[] {
    return reports.filter(({ progress, resolve }) => {
      if (Object.keys(progress).some((field) => !(field in newer))) return true;
      const recorded = this.#options.current(command.id) ?? command;
      resolve(recorded.progress?.seq ?? recorded.seq);
      return false;
    });
  }

  /** Call when the device answers the command, since its progress must be recorded before the answer. */
  flush(id: string): void {
    const waiting = this.#waiting.get(id);
    if (waiting !== undefined) this.#record(waiting);
  }

  ended(id: string): void {
    this.#recordedAt.delete(id);
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    for (const { reject } of waiting.reports) reject(noMoreProgress(id));
  }

  /** The session has ended. Waiting reports are rejected, so the device may send them again. */
  close(): void {
    clearTimeout(this.#timer);
    this.#recordedAt.clear();
    const error = new FleetError("session-superseded", "the session ended before the progress was recorded");
    for (const { reports } of this.#waiting.values()) for (const { reject } of reports) reject(error);
    this.#waiting.clear();
  }

  #next(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { clock, reserve } = this.#options;
    const now = clock();
    let first = Number.POSITIVE_INFINITY;
    for (const waiting of this.#waiting.values()) {
      const at = Math.max(this.#nextAt, this.#dueAt(waiting.command));
      if (at <= now && !reserve.holding) this.#record(waiting);
      else first = Math.min(first, Math.max(at, reserve.holding ? now + SHORTEST_MS : now));
    }
    if (this.#waiting.size > 0) this.#timer = setTimeout(() => this.#next(), Math.max(1, first - now)).unref();
  }

  #dueAt({ id, deliveredAt, issuedAt, progress }: Command): number {
    const last = this.#recordedAt.get(id) ?? (progress === undefined ? undefined : Date.parse(progress.at));
    if (last === undefined) return Number.NEGATIVE_INFINITY;
    const share = SHARE * (last - Date.parse(deliveredAt ?? issuedAt));
    return last + Math.min(LONGEST_MS, Math.max(SHORTEST_MS, share));
  }

  #record({ command, progress, reports }: Waiting): void {
    const { clock, current, record } = this.#options;
    const { id } = command;
    this.#waiting.delete(id);
    const now = clock();
    this.#nextAt = now + GAP_MS;
    this.#recordedAt.set(id, now);
    record(current(id) ?? command, progress).then(
      (seq) => {
        for (const { resolve } of reports) resolve(seq);
      },
      (error: unknown) => {
        for (const { reject } of reports) reject(error);
      },
    );
  }
}
