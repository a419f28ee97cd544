import type { EventLog } from "@fleetlog/log";

/** Connections that are not read until the log takes events again; one promise for all of them. */
export class LogBackpressure {
  readonly #log: EventLog;
  #waiting = new Set<() => void>();

  constructor(log: EventLog) {
    this.#log = log;
  }

  /** Whether reports have to wait. */
  get active(): boolean {
    return this.#log.congested;
  }

  wait(resume: () => void): void {
    this.#waiting.add(resume);
    if (this.#waiting.size === 1) void this.#log.whenRelieved().then(() => this.#run());
  }

  #run(): void {
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const resume of waiting) resume();
  }
}
