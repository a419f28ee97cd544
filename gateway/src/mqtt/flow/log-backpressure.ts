import type { EventLog } from "@fleetlog/log";

/** Resumes all paused connections with one call of `whenRelieved`. */
export class LogBackpressure {
  readonly #log: EventLog;
  #waiting = new Set<() => void>();

  constructor(log: EventLog) {
    this.#log = log;
  }

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
