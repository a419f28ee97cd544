import { type Command, type CommandProgress, FleetError, noMoreProgress } from "@fleetlog/domain";
import type { Reserve } from "./reserve.ts";

/** Shortest time between two CommandProgressed events of a session. */
const GAP_MS = 100;
/**
 * Shortest time between two CommandProgressed events of one command. It becomes longer while the command runs: a hundredth
 * of the time since the delivery, but not so long that a device takes the missing answer for a broken connection.
 */
const SHORTEST_MS = 1_000;
const LONGEST_MS = 10_000;
const SHARE = 0.01;

export interface ProgressOptions {
  readonly clock: () => number;
  readonly reserve: Pick<Reserve, "holding">;
  /** The session's current copy of the command; undefined once the command has ended. */
  current(id: string): Command | undefined;
  /** Appends the progress before it returns. Resolves with the log sequence at which it is recorded. */
  record(command: Command, progress: CommandProgress): Promise<number>;
}

interface Report extends PromiseWithResolvers<number> {
  readonly progress: CommandProgress;
}

interface Waiting {
  readonly command: Command;
  /** Newest value of each field. */
  progress: CommandProgress;
  /** The reports without an answer: those with a field that no newer report has. */
  reports: Report[];
}

/**
 * Records the progress of a session's commands. Reports that come faster than they may be recorded are merged. One of which
 * a newer report has every field is answered at once, since nothing of it will be recorded; the others are answered when
 * the merged report is in the log.
 */
export class ProgressReports {
  readonly #options: ProgressOptions;
  /** By id of the command. The commands take turns. */
  readonly #waiting = new Map<string, Waiting>();
  /** By id of the command: when its progress was recorded last. */
  readonly #recordedAt = new Map<string, number>();
  #nextAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ProgressOptions) {
    this.#options = options;
  }

  /** Resolves with the log sequence once the progress is in the log. */
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

  /** Answers the reports that the newer one replaces, with the sequence of what is recorded. Returns the others. */
  #unreplaced({ command, reports }: Waiting, newer: CommandProgress): Report[] {
    return reports.filter(({ progress, resolve }) => {
      if (Object.keys(progress).some((field) => !(field in newer))) return true;
      const recorded = this.#options.current(command.id) ?? command;
      resolve(recorded.progress?.seq ?? recorded.seq);
      return false;
    });
  }

  /** The device answers the command: its last progress goes before the answer. */
  flush(id: string): void {
    const waiting = this.#waiting.get(id);
    if (waiting !== undefined) this.#record(waiting);
  }

  /** The command has ended. */
  ended(id: string): void {
    this.#recordedAt.delete(id);
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    for (const { reject } of waiting.reports) reject(noMoreProgress(id));
  }

  /** The session has ended. What waits is not acknowledged, so the device may report it again. */
  close(): void {
    clearTimeout(this.#timer);
    this.#recordedAt.clear();
    const error = new FleetError("session-superseded", "the session ended before the progress was recorded");
    for (const { reports } of this.#waiting.values()) for (const { reject } of reports) reject(error);
    this.#waiting.clear();
  }

  /** Records what may be recorded now, and sets the timer for the rest. */
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
