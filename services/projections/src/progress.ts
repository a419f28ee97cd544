import type { StreamName } from "@fleetlog/domain";
import type { Logger } from "@fleetlog/log";

const REPORT_EVERY_MS = 5_000;

export class Progress {
  readonly #logger: Logger;
  readonly #stream: StreamName;
  readonly #from: number;
  readonly #goal: number;
  readonly #begun = performance.now();
  #loggedAt = this.#begun;

  constructor(logger: Logger, stream: StreamName, from: number, goal: number) {
    this.#logger = logger;
    this.#stream = stream;
    this.#from = from;
    this.#goal = goal;
    if (goal > from) logger.info({ stream, from, goal }, `building the views from ${goal - from} events`);
  }

  at(seq: number): void {
    const now = performance.now();
    if (!this.#isDue(now)) return;
    const percent = Math.floor((100 * (seq - this.#from)) / Math.max(1, this.#goal - this.#from));
    this.#logger.info(
      { stream: this.#stream, seq, goal: this.#goal, rate: this.#rate(seq, now) },
      `building the views: ${percent} %`,
    );
  }

  creating(index: string, number: number, of: number): void {
    if (!this.#isDue(performance.now())) return;
    this.#logger.info({ stream: this.#stream, index }, `building the views: creating index ${number} of ${of}`);
  }

  done(seq: number): void {
    const now = performance.now();
    const seconds = Math.round(now - this.#begun) / 1_000;
    this.#logger.info(
      { stream: this.#stream, seq, rate: this.#rate(seq, now) },
      `views are up to date after ${seconds} s`,
    );
  }

  #isDue(now: number): boolean {
    if (now - this.#loggedAt < REPORT_EVERY_MS) return false;
    this.#loggedAt = now;
    return true;
  }

  /** Events a second. */
  #rate(seq: number, now: number): number {
    return Math.round(((seq - this.#from) * 1_000) / Math.max(1, now - this.#begun));
  }
}
