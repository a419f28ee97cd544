import type { EventLog } from "@fleetlog/log";

/** Connections that wait until the log takes events again: one promise for all of them. */
export class Relief {
  readonly #log: EventLog;
  #waiting = new Set<() => void>();

  constructor(log: EventLog) {
    this.#log = log;
  }

  get needed(): boolean {
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
