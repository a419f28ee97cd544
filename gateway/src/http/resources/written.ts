import type { EventLog } from "@fleetlog/log";

/**
 * The highest sequence that calls to this node have written; answers must be at least as new. Reset when the log goes
 * away, because it may be replaced by one with lower sequences.
 */
export class WrittenSeq {
  #seq = 0;
  readonly stop: () => void;

  constructor(log: EventLog) {
    this.stop = log.onStatus((status) => {
      if (status === "away") this.#seq = 0;
    });
  }

  get seq(): number {
    return this.#seq;
  }

  note(seq: number): void {
    this.#seq = Math.max(this.#seq, seq);
  }
}
